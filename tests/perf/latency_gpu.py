"""The local pipeline's prompts against transformers on a GPU, with random weights of the 0.6B Qwen3 shape.

    python -m tests.perf.latency_gpu --python PYTHON [--out reports] [--tiny]

PYTHON is an interpreter with torch, `transformers[serving]` and tokenizers. Random weights say nothing of quality and
everything of latency: every reply has the same length (there is no token that ends one), and only its status counts.
`--tiny` is a try without a GPU: two layers, replies of eight tokens, closed loads of a few seconds; its figures mean
nothing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PORT = 8123
SHAPE, TINY = (1024, 3072, 28), (64, 192, 2)  # hidden size, intermediate size, layers
PATIENCE_S = 600.0

# Runs under PYTHON: a folder that `transformers serve` can load, without downloading anything.
MAKE_MODEL = """
import sys
from pathlib import Path
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GenerationConfig, PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM
folder, hidden, intermediate, layers = Path(sys.argv[1]), *map(int, sys.argv[2:])
alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
words = Tokenizer(models.BPE(vocab={letter: place for place, letter in enumerate(alphabet)}, merges=[]))
words.pre_tokenizer, words.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token=alphabet[0])
tokenizer.chat_template = "{% for message in messages %}{{ message['content'] }}\\n{% endfor %}"
tokenizer.save_pretrained(folder)
torch.manual_seed(0)
config = Qwen3Config(
    vocab_size=151936, hidden_size=hidden, intermediate_size=intermediate, num_hidden_layers=layers,
    num_attention_heads=16, num_key_value_heads=8, head_dim=128, max_position_embeddings=40960,
    tie_word_embeddings=True,
    bos_token_id=None, eos_token_id=None, pad_token_id=0,
)
model = Qwen3ForCausalLM(config).to(torch.bfloat16)
model.generation_config = GenerationConfig(eos_token_id=None, pad_token_id=0, do_sample=False)
model.save_pretrained(folder)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True, help="an interpreter with torch and transformers[serving]")
    parser.add_argument("--out", type=Path, default=Path("reports"))
    parser.add_argument("--tiny", action="store_true")
    given = parser.parse_args()
    shape = TINY if given.tiny else SHAPE
    tokens, seconds = (8, 5) if given.tiny else (256, 60)
    length = (f"extractor.max_tokens={tokens}", f"load.duration_s={seconds}")
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "random-0.6b"
        subprocess.run([given.python, "-c", MAKE_MODEL, str(model), *map(str, shape)], check=True)
        with serving(given.python, model):
            codes = [bench(model, given.out, *length, *words) for words in (LOADS[:2] if given.tiny else LOADS)]
    return max(codes)


LOADS = (
    ("load=closed", "load.concurrency=1", "--name", "gpu-closed-1"),
    ("load=closed", "load.concurrency=8", "--name", "gpu-closed-8"),
    ("load=sweep", "load.steps=[0.5,1,2,4]", "load.step_requests=60", "--name", "gpu-sweep"),
)


def bench(model: Path, out: Path, *words: str) -> int:
    """One bench of the pipeline's real prompts, one inference call a request; 3 is an INVALID verdict, and kept."""
    overrides = [
        *("extractor=local_transformers", f"extractor.model={model}", f"extractor.base_url=http://127.0.0.1:{PORT}/v1"),
        *("extractor.structured=none", "extractor.version=random-0.6b"),
        *("load.target=inference", "load.check=status", "load.warmup_s=20", *words),
    ]
    return subprocess.run(
        [sys.executable, "-m", "evals", "bench", *overrides, "--out", str(out)], check=False
    ).returncode


@contextmanager
def serving(python: str, model: Path) -> Iterator[None]:
    """`transformers serve` of that folder, until the block ends."""
    transformers = str(Path(python).with_name("transformers"))
    command = [transformers, "serve", str(model), "--host", "127.0.0.1", "--port", str(PORT)]
    process = subprocess.Popen(command)
    try:
        deadline_s = time.monotonic() + PATIENCE_S
        while not _answers():
            if process.poll() is not None or time.monotonic() > deadline_s:
                raise SystemExit("transformers serve did not come up; its last words stand above")
            time.sleep(1)
        yield
    finally:
        process.terminate()
        process.wait()


def _answers() -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/v1/models", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(main())
