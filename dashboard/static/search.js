// What this script adds to the search: "/" or Ctrl-K leads to it, and the hits appear below it while one types.
// The arrow keys walk through them, Enter opens one. The script reads the search's own page, so both find the same.
"use strict";

(() => {
  const field = document.querySelector("[data-search]");
  const list = document.getElementById("suggestions");
  const told = document.querySelector("[data-suggested]");
  if (!field || !list) return;
  const REST_MS = 150;
  const box = combobox(field, list);
  const suggested = suggestions(ask, REST_MS);

  function close() {
    suggested.stop();
    box.show([]);
    told.textContent = "";
  }

  function show(page) {
    const groups = [...page.querySelectorAll("[data-found] > section")].map((section, at) => {
      const group = document.createElement("div"), title = document.createElement("p");
      title.id = `suggested-${at}`;
      title.className = "suggested";
      title.textContent = section.querySelector("h2").textContent;
      group.setAttribute("role", "group");
      group.setAttribute("aria-labelledby", title.id);
      group.append(title, ...[...section.querySelectorAll("a.hit")].map((hit, number) => {
        const option = document.importNode(hit, true);
        option.id = `suggested-${at}-${number}`;
        option.setAttribute("role", "option");
        option.tabIndex = -1;
        return option;
      }));
      return group;
    });
    box.show(groups);
    const number = box.options().length;
    told.textContent = number ? document.body.dataset.found.replace("{number}", number) : document.body.dataset.foundNothing;
  }

  async function ask(signal) {
    const text = field.value.trim();
    if (!text) { close(); return; }
    const answer = await fetch(`/search?q=${encodeURIComponent(text)}`, { headers: { Accept: "text/html" }, credentials: "same-origin", signal });
    if (answer.ok && new URL(answer.url).pathname === "/search") show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  }

  field.addEventListener("input", suggested.soon);
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) return;
      event.preventDefault();
      if (event.key === "ArrowDown") box.down();
      else box.up();
    } else if (event.key === "Enter" && box.chosen()) {
      event.preventDefault();
      box.chosen().click();
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  field.addEventListener("blur", () => setTimeout(() => { if (!list.contains(document.activeElement)) close(); }, REST_MS));
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus

  // Keys: "?" lists them, "g" and a letter lead to a page.

  const shortcuts = document.getElementById("shortcuts");
  const places = { t: "/", a: "/alerts", d: "/domains", c: "/clients", j: "/jobs" };
  const G_HOLDS_MS = 1500;
  let wentAt = 0;

  for (const one of document.querySelectorAll("[data-shortcuts]")) {
    one.hidden = false;
    one.addEventListener("click", () => shortcuts.showModal());
  }

  document.addEventListener("keydown", (event) => {
    if ((event.key === "k" && (event.ctrlKey || event.metaKey))) { event.preventDefault(); field.focus(); field.select(); return; }
    const writes = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (writes || shortcuts.open || event.ctrlKey || event.metaKey || event.altKey) return;
    const follows = Date.now() - wentAt < G_HOLDS_MS;
    wentAt = event.key === "g" ? Date.now() : 0;
    if (follows && places[event.key]) location.assign(places[event.key]);
    else if (event.key === "/") { event.preventDefault(); field.focus(); field.select(); }
    else if (event.key === "?") shortcuts.showModal();
  });
})();
