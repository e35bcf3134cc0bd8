"""What is frozen from gold before anything is matched: floors, weights, a bounded sample, and their print."""

from __future__ import annotations

import pytest

from evals.errors import ConfigError
from evals.matching.manifest import (
    DEFAULT_FLOORS,
    DEFAULT_GROUNDING_FLOOR,
    FEWEST,
    LOWEST_FLOOR,
    SAMPLE,
    SIMILARITIES,
    Manifest,
    ManifestBuilder,
    default_manifest,
)
from evals.text.features import features
from evals.types import Dialogue, Gold, GoldFact, Message

NOUNS = ["badger", "candle", "donkey", "engine", "flute", "garden", "hammer", "island", "jacket", "kettle", "ladder"]
VERBS = ["carves", "draws", "exports", "films", "greases", "hides", "insures", "juggles"]
ENGLISH = [f"The user {verb} a {noun} near {place}" for noun in NOUNS for verb in VERBS for place in ("Oslo", "Lima")]
HAN = "猫狗花茶书琴棋画山水风云雪月江湖海田"
CHINESE = [f"用户{verb}{left}和{right}" for verb in "养卖画修" for left, right in zip(HAN, HAN[5:], strict=False)]


def dialogue(*texts: str, said: str = "") -> Dialogue:
    items = tuple(GoldFact(gid=f"f{n}", memory_value=text, evidence=(0, 9)) for n, text in enumerate(texts))
    messages = (Message(role="user", content=said or " ".join(texts)),)
    return Dialogue(id="d", cluster="d", language="en", messages=messages, gold=Gold(items=items))


def frozen(texts: list[str], scorer: str = "ngram_idf", *, seed: int = 0, floor: float | None = None) -> Manifest:
    builder = ManifestBuilder(seed=seed)
    for text in texts:
        builder.observe(dialogue(text))
    return builder.freeze(scorer, floor)


@pytest.mark.parametrize("scorer", SIMILARITIES)
@pytest.mark.parametrize(("texts", "language"), [(ENGLISH[:40], "en"), (CHINESE[:40], "zh")])
def test_floors_come_from_gold_against_gold(scorer: str, texts: list[str], language: str) -> None:
    """At most 1 % of the pairs of different gold texts reach the floor, and it is what the percentile says."""
    manifest = frozen(texts, scorer)
    read = [features(text, manifest.idf) for text in texts]
    measure = manifest.similar_to(read)
    pairs = sorted(value for place, text in enumerate(read) for value in measure(text)[:place])
    assert list(manifest.floors) == [language]
    assert manifest.floor(language) == round(max(pairs[int(0.99 * len(pairs))], LOWEST_FLOOR), 4)
    assert all(0.0 <= value <= 1.0 for value in pairs)


def test_a_text_that_comes_again_is_no_negative() -> None:
    """Templates repeat the same fact in many dialogues; counted, the floor would be 1 and nothing reworded found."""
    assert frozen([*ENGLISH[:40], *["The user keeps two cats."] * 40]).floors["en"] < 0.95


def test_a_floor_is_never_lower_than_the_lowest() -> None:
    """Texts that share nothing at all still need something in common to meet."""
    strange = [chr(0x4E00 + 50 * number) * 3 for number in range(40)]
    assert frozen(strange).floors == {"zh": LOWEST_FLOOR}


@pytest.mark.parametrize("scorer", SIMILARITIES)
def test_few_texts_leave_the_defaults(scorer: str) -> None:
    """Below twenty texts of a language its floors are the package's own; another language is not touched."""
    manifest = frozen([*ENGLISH[: FEWEST - 1], *CHINESE[:FEWEST]], scorer)
    assert list(manifest.floors) == ["zh"]
    assert manifest.floor("en") == default_manifest(scorer).floor("en") == DEFAULT_FLOORS[scorer]["en"]
    assert manifest.floor("ko") == DEFAULT_FLOORS[scorer]["en"]
    assert manifest.grounding_floor("en") == DEFAULT_GROUNDING_FLOOR
    assert manifest.texts == {"en": FEWEST - 1, "zh": FEWEST}


@pytest.mark.parametrize("manifest", [frozen(ENGLISH[:40], floor=0.3), default_manifest(floor=0.3)])
@pytest.mark.parametrize("language", ["en", "zh", "ko"])
def test_a_floor_given_holds_for_every_language(manifest: Manifest, language: str) -> None:
    """Whatever was measured, and for languages nobody counted."""
    assert manifest.floor(language) == 0.3


def test_grounding_floors_come_from_gold_against_its_evidence() -> None:
    """A memory is as near to its own evidence as the floor, or nearer, in 99 of 100 cases."""
    manifest = frozen(ENGLISH[:60])
    assert manifest.grounding_floor("en") > 0.5  # each text is its own evidence here
    builder = ManifestBuilder()
    for text in ENGLISH[:60]:
        builder.observe(dialogue(text, said="用户什么都没说。"))
    assert builder.freeze("ngram_idf").grounding_floor("en") == DEFAULT_GROUNDING_FLOOR  # nothing in one language


def test_the_sample_is_bounded_and_seeded() -> None:
    """Every text counts for the weights, at most 120 a language for the floors, the same ones every time."""
    many = [f"{text} {number}" for number in range(5) for text in ENGLISH]
    builders = [ManifestBuilder(seed=seed) for seed in (0, 0, 1)]
    for builder in builders:
        for text in many:
            builder.observe(dialogue(text))
    kept = [[text for text, _ in builder._pairs["en"]] for builder in builders]
    assert [len(texts) for texts in kept] == [SAMPLE] * 3
    assert kept[0] == kept[1] != kept[2]
    assert sum(text in many[SAMPLE:] for text in kept[0]) > SAMPLE / 2  # late texts have their chance
    manifests = [builder.freeze("ngram_idf") for builder in builders]
    assert manifests[0].to_json() == manifests[1].to_json()
    assert manifests[0].texts == {"en": len(many)}


def test_an_unknown_scorer_is_the_users_mistake() -> None:
    """One line that names what there is."""
    with pytest.raises(ConfigError, match=r"matcher\.align_scorer='jaro': there are ngram_idf, token_set_ratio"):
        ManifestBuilder().freeze("jaro")


def test_the_print_holds_a_hash_of_the_weights() -> None:
    """Another gold text moves the hash; the table itself is not printed."""
    one, same, other = frozen(ENGLISH[:60]), frozen(ENGLISH[:60]), frozen(ENGLISH[:61])
    assert one.to_json() == same.to_json()
    assert one.to_json()["idf"] != other.to_json()["idf"]
    assert len(one.to_json()["idf"]) == 16
    assert set(one.to_json()) == {"align_scorer", "idf", "floors", "grounding_floors", "gold_texts"}


def test_gold_without_items_freezes_too() -> None:
    """A dataset of empty gold has no floors of its own."""
    builder = ManifestBuilder()
    builder.observe(dialogue())
    assert builder.freeze("ngram_idf").to_json()["floors"] == {}


def test_a_frozen_table_takes_no_more() -> None:
    """Weights never move once something was matched with them."""
    builder = ManifestBuilder()
    builder.freeze("ngram_idf")
    with pytest.raises(RuntimeError, match="frozen"):
        builder.observe(dialogue("The user sings."))
