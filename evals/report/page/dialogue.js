"use strict";
// One dialogue as a reader sees it: the talk on one side, what was to be remembered and what was on the other.
const Dialogue = (() => {
  const { made, signed } = Dom;

  const leftOut = (count) => `${count} message${count > 1 ? "s" : ""} left out`;

  const turnOf = (turn, language) => {
    const gap = turn.left_out
      ? [made("li", { className: "gap", textContent: leftOut(turn.leftOut) })]
      : [];
    if (!turn.role) return gap;
    const cited = turn.cited ? " · cited" : "";
    const who = made("span", { className: "who", textContent: `${turn.index} ${turn.role}${cited}` });
    const pieces = turn.parts.map((part, at) => (at % 2 ? made("mark", { textContent: part }) : part));
    const text = made("p", { dir: "auto", lang: language ?? "" }, pieces);
    const className = `turn ${turn.role}${turn.cited ? " cited" : ""}`;
    return [...gap, made("li", { className, data: { turn: turn.index } }, [who, text])];
  };

  const talkOf = (dialogue) => {
    if (!dialogue.turns)
      return made("p", { className: "none", textContent: "not kept with this run (runner.save_messages)" });
    return made("ol", { className: "turns" }, dialogue.turns.flatMap((turn) => turnOf(turn, dialogue.language)));
  };

  const sideOf = (column, side) => {
    const className = `side ${column.key}`;
    if (!side) {
      const nothing = made("p", { className: "none", textContent: "nothing" });
      return made("div", { className }, [made("h5", { textContent: column.title }), nothing]);
    }
    const about = made("span", { className: "quiet", textContent: `${side.name} · ${side.kind}` });
    const text = { dir: "auto", lang: side.language ?? "", textContent: side.text || "(empty)" };
    const memory = made("p", { className: "memory", ...text });
    if (side.verbatim && side.text) memory.dataset.verbatim = "";
    const fate = side.state
      ? [made("p", { className: `fate ${side.state.name}` }, signed(side.state.sign, side.state.title))]
      : [];
    const details = side.details ? [made("p", { className: "quiet", dir: "auto", textContent: side.details })] : [];
    return made("div", { className }, [made("h5", {}, [column.title, " ", about]), ...fate, memory, ...details]);
  };

  const evidenceOf = (index) => [
    " ",
    made("button", { type: "button", className: "evidence", textContent: `message ${index}`, data: { shows: index } }),
  ];

  const disputeButton = () => {
    const closed = { type: "button", className: "dispute", ariaExpanded: "false", hidden: true };
    return made("button", { ...closed, textContent: "gold is wrong" });
  };

  const pairOf = (pair, columns, canDispute) => {
    const why = made("p", { className: "why" }, [
      made("strong", { className: "state" }, signed(pair.state.sign, pair.state.title)),
      " ",
      made("span", { dir: "auto", textContent: pair.reason }),
      ...pair.evidence.flatMap(evidenceOf),
    ]);
    const sides = made("div", { className: "sides" }, columns.map((column, at) => sideOf(column, pair.sides[at])));
    const data = { evidence: pair.evidence.join(" ") };
    if (canDispute && pair.dispute) {
      data.dispute = pair.dispute;
      why.append(" ", disputeButton());
    }
    return made("li", { className: `pair ${pair.state.name}`, data }, [why, sides]);
  };

  /** Pointing at a memory lights up the messages it rests on; its buttons go there. */
  const connect = (article) => {
    const turn = (index) => article.querySelector(`[data-turn="${index}"]`);
    const light = (pair, lit) => {
      for (const index of pair.dataset.evidence.split(" ").filter(Boolean)) turn(index)?.classList.toggle("lit", lit);
    };
    for (const pair of article.querySelectorAll(".pair")) {
      for (const event of ["pointerenter", "focusin"]) pair.addEventListener(event, () => light(pair, true));
      for (const event of ["pointerleave", "focusout"]) pair.addEventListener(event, () => light(pair, false));
    }
    for (const button of article.querySelectorAll("button.evidence"))
      button.addEventListener("click", () => turn(button.dataset.shows)?.scrollIntoView({ block: "nearest" }));
  };

  const headerOf = (dialogue, link) =>
    made("header", {}, [
      made("h3", {}, [made("a", { href: link, textContent: dialogue.id })]),
      made("p", { className: "quiet" }, [
        made("strong", { textContent: dialogue.harm || "no harm done" }),
        made("span", { dir: "auto", textContent: ` · ${dialogue.where}` }),
      ]),
    ]);

  const failureOf = (error) =>
    made("p", { className: "failure" }, [
      made("strong", { textContent: "The extraction failed: " }),
      made("span", { dir: "auto", textContent: error }),
    ]);

  const memoriesOf = (dialogue, columns) => {
    const pairs = dialogue.pairs.map((pair) => pairOf(pair, columns, Boolean(dialogue.identity)));
    const left = `${dialogue.pairsLeftOut} more, less harmful, left out.`;
    return made("div", { className: "memories" }, [
      made("h4", { textContent: columns.map((column) => column.title).join(" and ") }),
      pairs.length
        ? made("ol", { className: "pairs" }, pairs)
        : made("p", { className: "none", textContent: "no memories on either side" }),
      ...(dialogue.pairsLeftOut ? [made("p", { className: "quiet", textContent: left })] : []),
    ]);
  };

  /** An article about one dialogue; `link` is its own address. */
  const drawn = (dialogue, columns, link) => {
    const article = made("article", { className: "dialogue", tabIndex: -1 }, [
      headerOf(dialogue, link),
      ...(dialogue.error ? [failureOf(dialogue.error)] : []),
      made("div", { className: "case-body" }, [
        made("div", { className: "talk" }, [made("h4", { textContent: "Messages" }), talkOf(dialogue)]),
        memoriesOf(dialogue, columns),
      ]),
    ]);
    if (dialogue.identity) article.dataset.dialogue = dialogue.identity;
    connect(article);
    return article;
  };

  return { drawn };
})();
