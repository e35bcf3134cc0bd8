"""Writes a GGUF of the llama architecture with random weights and one token a byte: `python tiny_gguf.py FILE SEED`.

Half a megabyte that a real server loads and serves. What it says is noise; held to a JSON schema it is noise in shape.
Runs in the environment of `make inference-test`, which has the package `gguf`.
"""

from __future__ import annotations

import sys

import numpy as np
from gguf import GGUFWriter, TokenType

WIDTH, HEADS, INNER, LAYERS, CONTEXT = 64, 4, 128, 2, 16384
SPECIAL = (b"<unk>", b"<s>", b"</s>")


def write(path: str, seed: int) -> None:
    """A deterministic function of the seed."""
    writer = GGUFWriter(path, "llama")
    writer.add_name("tiny-random")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    add_vocabulary(writer)
    add_weights(writer, np.random.default_rng(seed))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_vocabulary(writer: GGUFWriter) -> None:
    tokens = [*SPECIAL, *(f"<0x{byte:02X}>".encode() for byte in range(256))]
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL, *([TokenType.BYTE] * 256)])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)


def add_weights(writer: GGUFWriter, draw: np.random.Generator) -> None:
    def random(name: str, *shape: int) -> None:
        writer.add_tensor(f"{name}.weight", (draw.standard_normal(shape) * 0.05).astype(np.float32))

    def ones(name: str) -> None:
        writer.add_tensor(f"{name}.weight", np.ones(WIDTH, np.float32))

    vocabulary = len(SPECIAL) + 256
    random("token_embd", vocabulary, WIDTH)
    random("output", vocabulary, WIDTH)
    ones("output_norm")
    for layer in range(LAYERS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            random(f"blk.{layer}.{name}", WIDTH, WIDTH)
        random(f"blk.{layer}.ffn_gate", INNER, WIDTH)
        random(f"blk.{layer}.ffn_up", INNER, WIDTH)
        random(f"blk.{layer}.ffn_down", WIDTH, INNER)
        ones(f"blk.{layer}.attn_norm")
        ones(f"blk.{layer}.ffn_norm")


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]))
