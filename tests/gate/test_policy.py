"""Policies: the shipped ones are read, and what is wrong in one is one line naming the key."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from evals.config import choices, load
from evals.config_shapes import GateConfig
from evals.errors import ConfigError
from evals.gate.policy import policy_of


def shipped(name: str = "pull_request") -> dict[str, Any]:
    return copy.deepcopy(load("gate", GateConfig, [f"gate={name}"]).gate)


@pytest.mark.parametrize("name", sorted(choices("gate")))
def test_shipped_policies_are_read(name: str) -> None:
    """Each has its own name and a primary rule with a margin."""
    policy = policy_of(shipped(name))
    assert policy.name == name
    assert policy.rules[policy.primary].is_paired


def test_a_rule_can_be_changed_on_the_command_line() -> None:
    """Rules have names, so that one number is one override."""
    config = load(
        "gate", GateConfig, ["gate.rules.f1.margin=0.01", "+gate.rules.mine={metric: f1, slice: 'label=x', min: 0.5}"]
    )
    policy = policy_of(config.gate)
    assert policy.rules["f1"].margin == 0.01
    assert (policy.rules["mine"].slice, policy.rules["mine"].min) == ("label=x", 0.5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rules": {"f1": {"metric": "f2", "margin": 0.1}}}, "gate.rules.f1.metric=f2: no such metric"),
        ({"rules": {"f1": {"metric": "f1"}}}, "gate.rules.f1: give one of margin, min and max"),
        ({"rules": {"f1": {"metric": "f1", "margin": 0.1, "min": 0.1}}}, "gate.rules.f1: give one of"),
        ({"rules": {"f1": {"metric": "f1", "margin": -0.1}}}, "gate.rules.f1.margin=-0.1: input should be greater"),
        ({"rules": {"f1": {"metric": "merge_rate", "margin": 0.1}}}, "merge_rate is neither good nor bad"),
        ({"primary": "nothing"}, "gate.primary=nothing: no rule of that name; there are f1, "),
        ({"inconclusive": "maybe"}, "gate.inconclusive='maybe': input should be 'warn' or 'fail'"),
        (
            {"latency": {"p95": {"percentile": "p95", "max_ratio": 1.2}}},
            "gate.latency.p95.percentile=p95: one of p50_ms",
        ),
        (
            {"never": {"x": {"event": "forbidden", "kinds": ["secret"]}}},
            "gate.never.x.kinds.0='secret': input should be",
        ),
        ({"surprise": 1}, "gate.surprise=1: unexpected keyword argument"),
    ],
)
def test_faults_are_one_line(change: dict[str, Any], message: str) -> None:
    """Key, value, and what would be right; never the whole policy."""
    with pytest.raises(ConfigError) as raised:
        policy_of({**shipped(), **change})
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 600
