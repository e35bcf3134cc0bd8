"""`evals run --show-prompt ID`: the final request for one dialogue, as it would be sent, without sending it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from evals.commands.plan import build_extractor, selection_of, source_of
from evals.config_shapes import RunConfig
from evals.corpus.survey import selected, survey
from evals.errors import UsageError


def show_prompt(config: RunConfig, id: str) -> int:
    """Prints one JSON object a request. Raises UsageError when the extractor sends none, or there is no such id."""
    extractor = build_extractor(config.extractor)
    show = getattr(extractor, "show", None)
    if show is None:
        raise UsageError(f"--show-prompt: extractor={config.extractor['name']} sends no request of ours to show")
    dataset = replace(config.dataset, ids=[id], limit=None, split="all", where=None)
    source = source_of(dataset)
    dialogue = next(iter(selected(source, survey(source, selection_of(dataset, config.seed)))))
    requests: list[dict[str, Any]] = show(dialogue.messages, config.extraction_types)
    for request in requests:
        print(json.dumps(request, ensure_ascii=False, indent=2))
    return 0
