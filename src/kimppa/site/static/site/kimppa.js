// Keyboard shortcuts, and what htmx leaves to pages. Every page works without this file.
"use strict";

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");

// Alt and a letter: the element that names the letter is focused if it takes text, else followed.
const followAltKey = (event) => {
  const letter = event.code.replace("Key", "").toLowerCase();
  const target = document.querySelector(`[data-alt-key="${CSS.escape(letter)}"]`);
  if (!target) return;
  event.preventDefault();
  if (isTyping(target)) target.select();
  else target.click();
};

document.addEventListener("keydown", (event) => {
  if (event.altKey && !event.ctrlKey && !event.metaKey) followAltKey(event);
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const shortcuts = document.getElementById("shortcuts");
  if (event.key === "Escape") {
    if (isTyping(event.target)) event.target.blur();
    shortcuts.open = false;
  } else if (event.key === "/" && !isTyping(event.target)) {
    const box = document.getElementById("q");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "?" && !isTyping(event.target)) {
    event.preventDefault();
    shortcuts.open = true;
    shortcuts.querySelector("summary").focus();
  }
});

// The filters of a narrow screen start folded: results come first there.
const foldFacets = () => {
  const facets = document.querySelector(".facets");
  if (facets && window.matchMedia("(max-width: 767px)").matches) facets.open = false;
};
foldFacets();

const busy = (event, value) => event.detail.target?.setAttribute("aria-busy", value);
document.body.addEventListener("htmx:beforeRequest", (event) => busy(event, "true"));
document.body.addEventListener("htmx:afterRequest", (event) => {
  busy(event, "false");
  document.getElementById("trouble").hidden = event.detail.successful;
});
document.body.addEventListener("htmx:afterSwap", foldFacets);
document.body.addEventListener("htmx:historyRestore", foldFacets);
document.body.addEventListener("htmx:configRequest", (event) => {
  // Addresses worth sharing name only what was chosen.
  for (const [name, value] of [...event.detail.formData.entries()]) {
    if (!value || (name === "sort" && value === "title")) event.detail.formData.delete(name);
  }
});

// Buttons that print the page; without scripts the browser's own command does.
const showPrintButtons = () => {
  for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
};
showPrintButtons();
document.body.addEventListener("htmx:afterSwap", showPrintButtons);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
