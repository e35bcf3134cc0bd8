"use strict";
// Text of others enters the page as text alone: nothing here builds HTML from a string.
const Dom = (() => {
  /** An element with properties of its own and children, which are elements or texts. */
  const made = (tag, properties = {}, children = []) => {
    const { data = {}, ...own } = properties;
    const element = Object.assign(document.createElement(tag), own);
    Object.assign(element.dataset, data);
    element.append(...children);
    return element;
  };

  /** A sign for the eye beside a word for all: neither stands for the other. */
  const signed = (sign, word) => [made("span", { className: "sign", ariaHidden: "true", textContent: sign }), ` ${word}`];

  return { made, signed };
})();
