"use strict";
// The dialogues of a report: read from the page or from files beside it, chosen from and put in order.
const Rows = (() => {
  /** How many of a row's items have each of the states, of all kinds or of one. */
  const statesOf = (row, kind) => {
    const counts = {};
    for (let at = 0; at < row.items.length; at += 2) {
      const letter = row.items[at + 1];
      if (kind === "" || row.items[at] === kind) counts[letter] = (counts[letter] ?? 0) + 1;
    }
    return counts;
  };

  /** Whether a row is wanted, outcomes and text aside. */
  const isChosen = (row, wanted) =>
    (wanted.language === "" || row.language === wanted.language) &&
    (wanted.split === "" || row.split === wanted.split) &&
    (wanted.label === "" || (row.labels ?? []).includes(wanted.label));

  /** Whether it has an item of the kind and of one of the states asked for; without either, any dialogue has. */
  const hasOutcome = (row, wanted) => {
    if (wanted.kind === "" && wanted.states.size === 0) return true;
    const letters = Object.keys(statesOf(row, wanted.kind));
    return wanted.states.size === 0 ? letters.length > 0 : letters.some((letter) => wanted.states.has(letter));
  };

  const moreHarm = (one, other) => {
    const at = one.harm.findIndex((harm, place) => harm !== other.harm[place]);
    return at < 0 ? 0 : other.harm[at] - one.harm[at];
  };

  const ORDERS = {
    harm: moreHarm,
    dataset: () => 0, // a stable sort keeps the order of the dataset
    items: (one, other) => other.items.length - one.items.length,
  };

  /** The rows wanted, in order, and how many items of each state stand in those that other filters leave. */
  const choose = (rows, wanted, hasText = () => true) => {
    const left = rows.filter((row) => isChosen(row, wanted) && hasText(row));
    const counts = {};
    for (const row of left)
      for (const [letter, count] of Object.entries(statesOf(row, wanted.kind)))
        counts[letter] = (counts[letter] ?? 0) + count;
    const chosen = left.filter((row) => hasOutcome(row, wanted)).sort(ORDERS[wanted.order]);
    return { chosen, counts };
  };

  /** Everything in a dialogue that a reader may search for, in small letters. */
  const textOf = (row, dialogue) => {
    const said = (dialogue.turns ?? []).map((turn) => turn.parts.join(""));
    const sides = dialogue.pairs.flatMap((pair) => pair.sides.filter(Boolean));
    const memories = sides.flatMap((side) => [side.name, side.text, side.details]);
    return [row.id, ...(row.labels ?? []), ...said, ...memories].join("\n").toLowerCase();
  };

  /** The part of the address that names a dialogue, and back. */
  const fragmentOf = (row) => `#dialogue/${encodeURIComponent(row.id)}${row.repeat ? `/${row.repeat}` : ""}`;
  const nameIn = (fragment) => (fragment.startsWith("#dialogue/") ? fragment : null);

  /** The parts of the data by number: those in the page at once, others from files beside it, each loaded once. */
  const source = ({ head, parts }) => {
    const known = new Map(Object.entries(parts).map(([number, rows]) => [Number(number), Promise.resolve(rows)]));
    const waiting = new Map();
    const nameOf = (number) => `${encodeURIComponent(head.files)}-${Number(number)}.js`;
    globalThis.evalsReportData = (number, rows) => waiting.get(number)?.(rows);

    const loaded = (number) =>
      new Promise((resolve, reject) => {
        waiting.set(number, resolve);
        const script = Object.assign(document.createElement("script"), { src: nameOf(number) });
        script.addEventListener("error", () => {
          known.delete(number);
          reject(new Error(`${nameOf(number)} does not stand beside this page`));
        });
        document.head.append(script);
      });

    const part = (number) => {
      if (!known.has(number)) known.set(number, loaded(number));
      return known.get(number);
    };

    return {
      head,
      rows: async () => (await Promise.all(head.index.map(part))).flat(),
      dialogue: async (row) => (await part(row.at[0]))[row.at[1]],
      part,
    };
  };

  return { choose, fragmentOf, nameIn, source, statesOf, textOf };
})();

if (typeof module !== "undefined") module.exports = Rows; // for tests without a browser
