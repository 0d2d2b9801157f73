// A field with a list below it: an ARIA combobox. The arrow keys walk through its options, and one of them is chosen.
// The search and the filter of a list are such fields; they fill the list, and decide what choosing an option does.
"use strict";

// Asks the server for the options of a field: a moment after the last letter; the next letter cancels the request.
// Where the server is away, the field works without a list.
function suggestions(ask, restMs) {
  let asked = null, waiting = 0;

  function stop() {
    asked?.abort();
    clearTimeout(waiting);
  }

  async function now() {
    stop();
    asked = new AbortController();
    try { await ask(asked.signal); } catch { /* another letter came, or the server is away */ }
  }

  return { stop, now, soon: () => { clearTimeout(waiting); waiting = setTimeout(now, restMs); } };
}

function combobox(field, list) {
  let chosen = -1;

  for (const [name, value] of [["role", "combobox"], ["aria-controls", list.id], ["aria-expanded", "false"], ["aria-autocomplete", "list"]]) field.setAttribute(name, value);

  const options = () => [...list.querySelectorAll("[role=option]")];

  function choose(number) {
    const all = options();
    all[chosen]?.removeAttribute("aria-selected");
    chosen = all.length ? (number + all.length) % all.length : -1;
    const one = all[chosen];
    if (!one) { field.removeAttribute("aria-activedescendant"); return; }
    one.setAttribute("aria-selected", "true");
    field.setAttribute("aria-activedescendant", one.id);
    one.scrollIntoView({ block: "nearest" });
  }

  return {
    options,
    chosen: () => options()[chosen],
    down: () => choose(chosen + 1),
    up: () => choose(chosen < 0 ? -1 : chosen - 1),
    show(elements) {
      list.replaceChildren(...elements);
      list.hidden = elements.length === 0;
      chosen = -1;
      field.setAttribute("aria-expanded", String(elements.length > 0));
      field.removeAttribute("aria-activedescendant");
    },
  };
}
