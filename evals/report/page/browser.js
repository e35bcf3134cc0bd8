"use strict";
// The dialogue browser: what a reader chooses, the list of what is left, the dialogue that is open, and the keys.
(async () => {
  const { made, signed } = Dom;
  const place = document.getElementById("browser");
  const shown = {
    list: place.querySelector("ol.rows"),
    about: place.querySelector("output"),
    open: place.querySelector(".open-dialogue"),
  };
  const form = place.querySelector("form");
  const source = Rows.source(JSON.parse(document.getElementById("report-data").textContent));
  const AT_ONCE = 80; // entries drawn before the reader scrolls for more

  const articles = new Map(); // fragment -> article: half-written disputes outlive looking elsewhere
  let rows = [];
  let chosen = [];
  let open = null; // the row that is open
  let asked = 0; // only the latest question is answered

  const wanted = () => ({
    text: form.elements.text.value.trim().toLowerCase(),
    kind: form.elements.kind.value,
    language: form.elements.language.value,
    split: form.elements.split.value,
    label: form.elements.label.value,
    order: form.elements.order.value,
    states: new Set([...form.querySelectorAll("button[aria-pressed=true]")].map((button) => button.value)),
  });

  /** A test for the text asked for; dialogues in files are loaded for it, one after the other. */
  const textTest = async (text, isStale) => {
    if (!text) return () => true;
    const parts = new Map();
    const numbers = source.head.dialogues;
    for (const [at, number] of numbers.entries()) {
      if (isStale()) return null;
      if (numbers.length > 1) shown.about.textContent = `searching, file ${at + 1} of ${numbers.length} …`;
      parts.set(number, await source.part(number));
    }
    const laidOut = (row) => Packing.unpacked(parts.get(row.at[0])[row.at[1]], source.head);
    return (row) => Rows.textOf(row, laidOut(row)).includes(text);
  };

  const entry = (row) => {
    const counts = Rows.statesOf(row, "");
    const tally = ({ letter, name, sign, title }) =>
      made("span", { className: `tally ${name}`, title }, signed(sign, counts[letter]));
    const tallies = source.head.states.filter(({ letter }) => counts[letter]).map(tally);
    const failed = row.failed ? [made("span", { className: "tally failed", textContent: "failed" })] : [];
    const repeat = row.repeat ? [`repeat ${row.repeat}`] : [];
    const about = [row.language, row.split, ...(row.labels ?? []), ...repeat].join(" · ");
    const link = made("a", { href: Rows.fragmentOf(row) }, [
      made("span", { className: "id", textContent: row.id }),
      made("span", { className: "tallies" }, [...failed, ...tallies]),
      made("span", { className: "quiet", dir: "auto", textContent: about }),
    ]);
    if (row === open) link.ariaCurrent = "true";
    return made("li", {}, [link]);
  };

  const drawMore = () => {
    const from = shown.list.childElementCount;
    shown.list.append(...chosen.slice(from, from + AT_ONCE).map(entry));
  };

  const drawUntil = (at) => {
    while (shown.list.childElementCount <= at && shown.list.childElementCount < chosen.length) drawMore();
  };

  const refresh = async () => {
    const mine = ++asked;
    const now = wanted();
    const hasText = await textTest(now.text, () => mine !== asked);
    if (mine !== asked) return;
    const { chosen: found, counts } = Rows.choose(rows, now, hasText);
    chosen = found;
    for (const button of form.querySelectorAll("button[aria-pressed]"))
      button.querySelector(".count").textContent = (counts[button.value] ?? 0).toLocaleString("en");
    shown.list.replaceChildren();
    shown.list.scrollTop = 0;
    drawMore();
    shown.about.textContent = `${chosen.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} dialogues`;
  };

  const mark = (row) => {
    shown.list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    const at = chosen.indexOf(row);
    if (at < 0) return null;
    drawUntil(at);
    const link = shown.list.children[at].firstElementChild;
    link.ariaCurrent = "true";
    const above = link.offsetTop - shown.list.scrollTop;
    if (above < 0 || above + link.offsetHeight > shown.list.clientHeight) shown.list.scrollTop = link.offsetTop;
    return link;
  };

  const show = async (row) => {
    open = row;
    const fragment = Rows.fragmentOf(row);
    if (!articles.has(fragment)) {
      const dialogue = Packing.unpacked(await source.dialogue(row), source.head);
      articles.set(fragment, Dialogue.drawn(dialogue, source.head.columns, fragment));
    }
    if (open !== row) return null; // the reader went on meanwhile
    const article = articles.get(fragment);
    shown.open.replaceChildren(article);
    article.dispatchEvent(new CustomEvent("evals:drawn", { bubbles: true }));
    mark(row);
    return article;
  };

  /** What an address that names nothing here says, as far as it can be read. */
  const named = (fragment) => {
    try {
      return decodeURIComponent(fragment.slice("#dialogue/".length));
    } catch {
      return fragment;
    }
  };

  /** Opens what the address names; an address that was given rather than clicked brings the dialogue into view. */
  const follow = async () => {
    const name = Rows.nameIn(location.hash);
    if (!name) return;
    const row = rows.find((each) => Rows.fragmentOf(each) === name);
    if (!row) {
      const textContent = `There is no dialogue ${named(name)} in this report.`;
      shown.open.replaceChildren(made("p", { className: "none", textContent }));
      return;
    }
    const article = await show(row);
    const top = article?.getBoundingClientRect().top ?? 0;
    if (top < 0 || top > innerHeight / 2) article?.scrollIntoView();
  };

  const step = async (by) => {
    if (!chosen.length) return;
    const at = Math.min(Math.max(chosen.indexOf(open) + by, 0), chosen.length - 1);
    history.replaceState(null, "", Rows.fragmentOf(chosen[at]));
    const hadFocus = shown.list.contains(document.activeElement);
    await show(chosen[at]);
    const link = mark(chosen[at]);
    if (hadFocus) link?.focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest" });
  };

  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping = event.target.matches("input, textarea, select");
    if (event.key === "Escape" && event.target === form.elements.text) {
      form.elements.text.value = "";
      form.elements.text.blur();
      refresh();
    } else if (!isTyping && event.key === "/") {
      event.preventDefault();
      form.elements.text.focus();
    } else if (!isTyping && (event.key === "j" || event.key === "k")) {
      step(event.key === "j" ? 1 : -1);
    } else if (shown.list.contains(event.target) && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    }
  };

  const addChoices = () => {
    const present = new Set(rows.flatMap((row) => [...row.items].filter((_, at) => at % 2)));
    for (const { letter, name, sign, title } of source.head.states.filter(({ letter }) => present.has(letter))) {
      const button = made("button", { type: "button", value: letter, className: name, ariaPressed: "false" }, [
        ...signed(sign, title),
        " ",
        made("span", { className: "count" }),
      ]);
      button.addEventListener("click", () => {
        button.ariaPressed = String(button.ariaPressed !== "true");
        refresh();
      });
      form.querySelector(".states").append(button);
    }
    const option = ([value, text]) => made("option", { value, textContent: text });
    const options = (name, values) => form.elements[name].append(...values.map(option));
    const distinct = (values) => [...new Set(values)].sort().map((value) => [value, value]);
    const kinds = new Set(rows.flatMap((row) => [...row.items].filter((_, at) => at % 2 === 0)));
    options("kind", source.head.kinds.map(({ title }, at) => [String(at), title]).filter(([value]) => kinds.has(value)));
    for (const name of ["language", "split"]) options(name, distinct(rows.map((row) => row[name])));
    options("label", distinct(rows.flatMap((row) => row.labels ?? [])));
  };

  /** Where a comparison has more than two columns, a reader may put some aside. */
  const addSides = () => {
    if (source.head.columns.length < 3) return;
    for (const { key, title } of source.head.columns) {
      const button = made("button", { type: "button", ariaPressed: "true", textContent: title });
      button.addEventListener("click", () => {
        button.ariaPressed = String(button.ariaPressed !== "true");
        shown.open.classList.toggle(`without-${key}`, button.ariaPressed !== "true");
      });
      place.querySelector(".sides-shown").append(button);
    }
  };

  const start = async () => {
    rows = await source.rows();
    addChoices();
    addSides();
    await refresh();
    place.hidden = false;
    document.documentElement.classList.add("browsing");
    let typing = 0;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", (event) => event.target.name !== "text" && refresh());
    form.addEventListener("reset", () => {
      for (const button of form.querySelectorAll("button[aria-pressed]")) button.ariaPressed = "false";
      setTimeout(refresh);
    });
    form.elements.text.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(refresh, 150);
    });
    shown.list.addEventListener("scroll", () => {
      if (shown.list.scrollTop + shown.list.clientHeight > shown.list.scrollHeight - 400) drawMore();
    });
    addEventListener("hashchange", follow);
    addEventListener("keydown", onKey);
    for (const [name, by] of [["previous", -1], ["next", 1]])
      place.querySelector(`button.${name}`).addEventListener("click", () => step(by));
    await follow();
    if (!open && chosen.length && !matchMedia("(max-width: 46rem)").matches) await show(chosen[0]);
  };

  try {
    await start();
  } catch (error) {
    place.hidden = false;
    shown.about.textContent = `The dialogues could not be read: ${error.message}.`;
  }
  document.documentElement.dataset.browser = "ready";
})();
