// What this script adds to a list's filter: while one types, the known keys and values appear below the field.
// The arrow keys walk through them, Enter or Tab takes one, Escape closes. Without the script the field is a plain one.
"use strict";

(() => {
  const field = document.querySelector("[data-complete]");
  const list = document.getElementById("completions");
  const told = document.querySelector("[data-completed]");
  if (!field || !list) return;
  const box = combobox(field, list);
  const suggested = suggestions(ask, 120);

  // Returns where the piece that is being written begins: after the last space outside of quotes.
  function start() {
    const before = field.value.slice(0, field.selectionStart);
    let from = 0, within = false;
    for (let at = 0; at < before.length; at++) {
      if (before[at] === "\"" && !(within && before[at - 1] === "\\")) within = !within;
      else if (/\s/.test(before[at]) && !within) from = at + 1;
    }
    return from;
  }

  function close() {
    suggested.stop();
    box.show([]);
  }

  function take(option) {
    const from = start(), rest = field.value.slice(field.selectionStart).trimStart();
    const head = field.value.slice(0, from) + option.dataset.piece + (option.dataset.open ? "" : " ");
    field.value = head + rest;
    field.setSelectionRange(head.length, head.length);
    field.focus();
    if (option.dataset.open) suggested.now(); else close();
  }

  function show(completions) {
    box.show(completions.map((one, number) => {
      const option = document.createElement("span"), piece = document.createElement("code"), says = document.createElement("span");
      option.id = `completion-${number}`;
      option.setAttribute("role", "option");
      option.dataset.piece = one.piece;
      if (one.open) option.dataset.open = "yes";
      piece.textContent = one.piece;
      says.textContent = one.open ? one.says : "";
      option.append(piece, says);
      return option;
    }));
    told.textContent = completions.length ? field.dataset.number.replace("{number}", completions.length) : "";
  }

  async function ask(signal) {
    const begun = field.value.slice(start(), field.selectionStart);
    const answer = await fetch(`${field.dataset.complete}?begun=${encodeURIComponent(begun.slice(0, 200))}`, { credentials: "same-origin", signal });
    if (answer.ok && document.activeElement === field) show((await answer.json()).completions);
  }

  field.addEventListener("input", suggested.soon);
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) suggested.soon();
      else if (event.key === "ArrowDown") box.down();
      else box.up();
    } else if ((event.key === "Enter" || event.key === "Tab") && box.chosen()) {
      event.preventDefault();
      take(box.chosen());
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  field.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault(); // the field keeps the focus
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
})();
