"use strict";
// Collects what a reader says is wrong with gold and hands it over as an overlay file (docs/datasets.md, Disputing gold).
// Text of others enters the page as text alone: nothing here builds HTML from a string. Nothing is sent anywhere.
(() => {
  const ACTIONS = {
    drop: "drop the item",
    edit: "reword the item",
    optional: "change whether it may be missed",
    variant: "accept another wording too",
    add: "gold lacks a memory",
  };
  const KINDS = {
    fact: "fact",
    explicit_preference: "explicit preference",
    implicit_preference: "implicit preference",
  };
  const WITH_TEXT = ["edit", "variant", "add"];

  /** Half of a surrogate pair cannot be written as UTF-8; it becomes U+FFFD. */
  const wellFormed = (text) => new TextDecoder().decode(new TextEncoder().encode(text));

  /** The name of an added item, from its text: FNV-1a, as in evals/corpus/disputes.py. */
  const nameOf = (text) => {
    const mixed = new TextEncoder()
      .encode(text)
      .reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5);
    return `r-${mixed.toString(16).padStart(8, "0")}`;
  };

  /** The value an action takes; undefined where it takes none, null where the text it needs is missing. */
  const valueOf = (pair, choice, text) => {
    if (choice.action === "optional") return !pair.optional;
    if (!WITH_TEXT.includes(choice.action)) return undefined;
    if (!text) return null;
    if (choice.action !== "add") return text;
    return choice.kind === "fact" ? { memory_value: text } : { preference: text, preference_type: choice.kind };
  };

  /** One line of the overlay, or null where something is missing. */
  const correction = (dialogue, pair, choice) => {
    const text = wellFormed(choice.text ?? "").trim();
    const value = valueOf(pair, choice, text);
    if (value === null || !pair.actions.includes(choice.action)) return null;
    const line = { id: dialogue.id, gid: choice.action === "add" ? nameOf(text) : pair.gid, action: choice.action };
    if (value !== undefined) line.value = value;
    const reason = wellFormed(choice.reason ?? "").trim();
    if (reason) line.reason = reason;
    if (dialogue.in_hash) line.in_hash = dialogue.in_hash;
    return line;
  };

  /** The overlay file. */
  const jsonl = (lines, author) => {
    const by = wellFormed(author ?? "").trim();
    return lines.map((line) => `${JSON.stringify(by ? { ...line, author: by } : line)}\n`).join("");
  };

  if (typeof document === "undefined") {
    module.exports = { correction, jsonl, nameOf }; // for tests without a browser
    return;
  }

  const tray = document.getElementById("disputes");
  const disputes = new Map(); // button -> line of the overlay
  let author = "";
  let downloaded = true;

  const { made } = Dom;

  const labelled = (text, field) => made("label", {}, [made("span", { textContent: text }), field]);

  const options = (names, titles) => names.map((name) => made("option", { value: name, textContent: titles[name] }));

  const shownText = (pair, side) => pair.querySelector(`.${side} .memory[data-verbatim]`)?.textContent ?? "";

  const count = () => {
    const open = disputes.size;
    tray.hidden = open === 0;
    tray.querySelector("output").textContent = `${open} ${open === 1 ? "dispute" : "disputes"}`;
  };

  const undo = (button) => {
    disputes.delete(button);
    downloaded = disputes.size === 0;
    button.textContent = "gold is wrong";
    count();
  };

  /** One item is disputed once: two predictions may speak of it, and the later word holds. */
  const settle = (button, line) => {
    for (const [other, { id, gid }] of disputes) if (id === line.id && gid === line.gid) undo(other);
    disputes.set(button, line);
    downloaded = false;
    button.textContent = `disputed: ${line.action} (undo)`;
    count();
  };

  /** The fields of a form and what they say now. */
  const fieldsOf = (pair, about) => {
    const action = made("select", { name: "action" }, options(about.actions, ACTIONS));
    const kind = made("select", { name: "kind" }, options(Object.keys(KINDS), KINDS));
    kind.value = about.kind ?? "explicit_preference";
    const text = made("textarea", { name: "text", rows: 3, dir: "auto" });
    const reason = made("input", { name: "reason", type: "text", dir: "auto" });
    const by = made("input", { name: "author", type: "text", dir: "auto", value: author });
    const rows = {
      text: labelled("Text", text),
      kind: labelled("Kind", kind),
      by: labelled("Your name, asked once", by),
    };
    let typed = false;
    text.addEventListener("input", () => (typed = true));
    const adapt = () => {
      rows.text.hidden = !WITH_TEXT.includes(action.value);
      rows.kind.hidden = action.value !== "add";
      rows.by.hidden = author !== "";
      if (!typed) text.value = shownText(pair, action.value === "edit" ? "gold" : "predicted");
    };
    action.addEventListener("change", adapt);
    adapt();
    return {
      elements: [labelled("What is right", action), rows.kind, rows.text, labelled("Why", reason), rows.by],
      choice: () => ({ action: action.value, kind: kind.value, text: text.value, reason: reason.value }),
      author: () => by.value.trim(),
      first: action,
      text,
    };
  };

  const open = (button, pair) => {
    const about = JSON.parse(pair.dataset.dispute);
    const dialogue = JSON.parse(pair.closest("[data-dialogue]").dataset.dialogue);
    const fields = fieldsOf(pair, about);
    const close = () => {
      form.remove();
      button.setAttribute("aria-expanded", "false");
      button.focus();
    };
    const save = made("button", { type: "button", textContent: "Add this dispute" });
    const cancel = made("button", { type: "button", textContent: "Cancel" });
    const form = made("div", { className: "dispute-form" }, [...fields.elements, made("p", {}, [save, " ", cancel])]);
    save.addEventListener("click", () => {
      const line = correction(dialogue, about, fields.choice());
      if (line === null) {
        fields.text.setAttribute("aria-invalid", "true");
        fields.text.focus();
        return;
      }
      author ||= fields.author();
      settle(button, line);
      close();
    });
    cancel.addEventListener("click", close);
    pair.querySelector(".why").after(form);
    button.setAttribute("aria-expanded", "true");
    fields.first.focus();
  };

  const wire = (root) => {
    for (const button of root.querySelectorAll("button.dispute[hidden]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        if (disputes.has(button)) undo(button);
        else if (button.getAttribute("aria-expanded") !== "true") open(button, button.closest("[data-dispute]"));
      });
    }
  };
  wire(document);
  document.addEventListener("evals:drawn", (event) => wire(event.target)); // a dialogue opened in the browser

  tray.querySelector("button")?.addEventListener("click", () => {
    const file = new Blob([jsonl([...disputes.values()], author)], { type: "application/x-ndjson" });
    const link = made("a", { href: URL.createObjectURL(file), download: "disputes.jsonl" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    downloaded = true;
  });

  addEventListener("beforeunload", (event) => {
    if (!downloaded) event.preventDefault();
  });
})();
