"use strict";
// Reads a dialogue that evals/report/packing.py wrote in few bytes, as objects with names.
const Packing = (() => {
  const turnsOf = (turns) => {
    let next = 0;
    return turns.map(([role, cited, leftOut, ...parts]) => {
      const index = next + leftOut;
      next = index + 1;
      return { index, role, cited: Boolean(cited), leftOut, parts };
    });
  };

  const sideOf = (packed, language, fates) => {
    if (!packed) return null;
    const [name, kind, text, details, own = "", verbatim = 1, letter = ""] = packed;
    return { name, kind, text, details, language: own || language, verbatim: Boolean(verbatim), state: fates.get(letter) };
  };

  const disputeOf = (packed, actions) => {
    if (!packed) return null;
    const [gid, kind, of, optional] = packed;
    return JSON.stringify({ gid, kind, optional: Boolean(optional), actions: actions[of] });
  };

  /** A dialogue; `head` says which letters stand for which states and which columns a pair has. */
  const unpacked = ([id, language, where, harm, error, identity, turns, pairs, pairsLeftOut], head) => {
    const byLetter = (states) => new Map(states.map((state) => [state.letter, state]));
    const states = byLetter(head.states);
    const fates = byLetter(head.fates); // of one side alone, where a comparison shows two
    const pairOf = ([letter, reason, evidence, dispute, ...sides]) => ({
      state: states.get(letter),
      reason,
      evidence,
      dispute: disputeOf(dispute, head.actions),
      sides: sides.map((side) => sideOf(side, language, fates)),
    });
    const talk = turns && turnsOf(turns);
    return { id, language, where, harm, error, identity, turns: talk, pairs: pairs.map(pairOf), pairsLeftOut };
  };

  return { unpacked };
})();

if (typeof module !== "undefined") module.exports = Packing; // for tests without a browser
