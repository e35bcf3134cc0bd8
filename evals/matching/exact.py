"""The strictest matcher: equal canonical text or nothing; what is left over is still grounded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from evals.matching.forbid import Finding, forbidden_value, in_scope
from evals.matching.ground import Ground
from evals.matching.manifest import Manifest, default_manifest
from evals.matching.settle import Ledger
from evals.matching.sides import POOLS, GoldSide, PredictedEntry, predicted_entries
from evals.matching.verify import Verdict
from evals.types import Decision, Extraction, Gold, Message, Outcome

_EQUAL = Verdict("correct", Decision(by="equal"))


@dataclass(frozen=True, kw_only=True)
class ExactMatcher:
    """A prediction is right when its canonical text is that of a gold value or variant."""

    frozen: Manifest | None = None

    @cached_property
    def manifest(self) -> Manifest:
        """Weights in force: those of a dataset, or the package's own."""
        return self.frozen or default_manifest()

    def calibrated(self, freeze: Callable[[str], Manifest]) -> ExactMatcher:
        """This matcher with the weights of a dataset, which only its grounding uses."""
        return replace(self, frozen=freeze("ngram_idf"))

    def match(self, gold: Gold, predicted: Extraction, messages: Sequence[Message]) -> Outcome:
        manifest = self.manifest
        side, entries = GoldSide(gold, manifest), predicted_entries(predicted, manifest)
        ledger = Ledger(gold, side, entries)
        valid = [entry for entry in entries if not ledger.refuse_invalid(entry)]
        for pool in POOLS:
            members = [entry for entry in valid if entry.pool == pool]
            wordings = {text.canonical: entry for entry in reversed(side.pools[pool]) for text in entry.texts}
            for entry in members:
                if (equal := wordings.get(entry.text.canonical)) is None:
                    continue
                ledger.link(equal, entry)
                if ledger.gold_state(equal) is None:
                    ledger.pair(equal, entry, 1.0, _EQUAL)
                else:
                    ledger.settle_again(entry, equal, 1.0, _EQUAL)
            for entry in members:
                if not ledger.is_open(entry):
                    continue
                if found := _forbidden_by(entry, side, strict=True):
                    ledger.settle(entry, "forbidden", found.decision, found.fid)
                elif found := _forbidden_by(entry, side, strict=False):
                    ledger.note_unwanted(entry, found.fid)
            ledger.mark_cross_lingual(side.pools[pool], members)
        ground = Ground(messages, manifest)
        for entry in valid:
            if ledger.is_open(entry):
                ledger.grounded(entry, ground.judge(entry.text))
        return ledger.outcome()


def _forbidden_by(entry: PredictedEntry, side: GoldSide, *, strict: bool) -> Finding | None:
    """The first forbidden item that a prediction is word for word, or whose value it holds."""
    for item, text in side.forbidden:
        if item.strict != strict or not in_scope(item, entry.pool):
            continue
        if value := forbidden_value(item, entry.text.text):
            return Finding(item.fid, Decision(by="attribute", pred_token=value))
        if item.match == "semantic" and entry.text.canonical == text.canonical:
            return Finding(item.fid, Decision(by="semantic"))
    return None
