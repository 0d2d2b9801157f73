// What this script adds to pages: they stay live, and relative times go on. Without it everything still works.
"use strict";

(() => {
  const main = document.querySelector("main[data-live]");
  const liveStatus = document.querySelector("[data-live-said]");
  const part = () => document.querySelector("[data-part]");
  const REST_AFTER_MS = 30 * 60 * 1000; // a page that nobody touches must not keep a session alive
  const AGAIN_MS = 1000;

  // Times

  const units = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];

  const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });

  function ago(at, now) {
    const seconds = (at - now) / 1000;
    const size = Math.abs(seconds);
    if (size < 1) return document.body.dataset.justNow;
    const [length, word] = units.find(([one]) => size >= one);
    const number = Math.floor(size / length);
    return relative.format(seconds > 0 ? number : -number, word);
  }

  function updateTimes() {
    for (const one of document.querySelectorAll("time[data-ago]")) {
      const text = ago(Date.parse(one.dateTime), Date.now());
      if (one.textContent !== text) one.textContent = text;
    }
  }

  // In a low window the menu is cut: scroll it to the entry of this page

  function showPlace() {
    const menu = document.getElementById("menu");
    const place = menu && menu.querySelector("li [aria-current]");
    const room = menu && menu.clientHeight - menu.querySelector(".me").offsetHeight;
    if (place && place.offsetTop + place.offsetHeight > room) menu.scrollTop = place.offsetTop - room / 2;
  }

  // What people are doing in the part that is about to be replaced

  function isBusy() {
    const active = document.activeElement;
    const writes = active && active.matches("input:not([type=checkbox]), select, textarea");
    return (writes && part().contains(active)) || sendsFiles() || String(document.getSelection()).length > 0;
  }

  // Files are chosen or being sent, or one has failed and its message must stay until it is read.
  function sendsFiles() {
    const chosen = [...part().querySelectorAll("input[type=file]")].some((one) => one.files.length > 0);
    return chosen || part().querySelector("[data-upload-list] span:not([data-state=done])") !== null;
  }

  function remember(root) {
    const active = root.contains(document.activeElement) ? document.activeElement : null;
    const same = active && (active.id ? `#${CSS.escape(active.id)}` : active.getAttribute("href") && `a[href="${CSS.escape(active.getAttribute("href"))}"]`);
    return {
      same,
      open: [...root.querySelectorAll("details[open][id]")].map((one) => one.id),
      chosen: [...root.querySelectorAll("input:checked[id]")].map((one) => one.id),
    };
  }

  function restore(root, was) {
    for (const id of was.open) document.getElementById(id)?.setAttribute("open", "");
    for (const id of was.chosen) { const one = document.getElementById(id); if (one) one.checked = true; }
    if (was.same) root.querySelector(was.same)?.focus({ preventScroll: true });
    root.querySelectorAll("[data-choose]").forEach((one) => { one.hidden = false; });
  }

  // Live

  let stream = null, fetching = false, again = false, touched = Date.now(), notBefore = 0;

  function setStatus(text, state) {
    if (liveStatus && liveStatus.textContent !== text) { liveStatus.textContent = text; liveStatus.dataset.state = state; }
  }

  async function refresh() {
    if (fetching || isBusy() || Date.now() < notBefore) { again = true; return; }
    fetching = true;
    again = false;
    const began = Date.now();
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (answer.redirected && new URL(answer.url).pathname === "/sign-in") { close(document.body.dataset.signedOut); return; }
      if (!answer.ok) return;
      put(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      setStatus(document.body.dataset.away, "off");
    } finally {
      fetching = false;
      notBefore = Date.now() + 4 * (Date.now() - began); // what is slow to make is asked for less often
    }
  }

  function put(fresh) {
    const next = fresh.querySelector("[data-part]"), now = part();
    if (!next || isBusy()) { again = true; return; }
    const spoken = now.querySelector("[data-say]")?.textContent;
    const was = remember(now);
    now.replaceChildren(...next.childNodes);
    restore(now, was);
    document.dispatchEvent(new Event("fresh"));
    const news = now.querySelector("[data-say]")?.textContent;
    if (news && news !== spoken) setStatus(`${document.body.dataset.liveNow}. ${news}`, "on");
    main.dataset.since = fresh.querySelector("main").dataset.since;
  }

  function open() {
    if (stream || document.hidden) return;
    const address = `/live?topic=${encodeURIComponent(main.dataset.live)}&since=${encodeURIComponent(main.dataset.since)}`;
    stream = new EventSource(address);
    stream.addEventListener("ready", () => setStatus(document.body.dataset.liveNow, "on"));
    stream.addEventListener("changed", refresh);
    stream.addEventListener("end", () => close(document.body.dataset.signedOut));
    stream.addEventListener("error", () => {
      if (stream?.readyState === EventSource.CLOSED) close(document.body.dataset.notLive);
      else setStatus(document.body.dataset.away, "off");
    });
  }

  function close(reason) {
    stream?.close();
    stream = null;
    if (reason) setStatus(reason, "off");
  }

  if (main) {
    open();
    setInterval(() => { if (again) refresh(); }, AGAIN_MS);
    setInterval(() => { if (stream && Date.now() - touched > REST_AFTER_MS) close(document.body.dataset.resting); }, 10 * AGAIN_MS);
    for (const kind of ["pointerdown", "keydown", "scroll", "pointermove"]) {
      addEventListener(kind, () => { touched = Date.now(); if (!stream && liveStatus?.textContent.startsWith("Resting")) open(); }, { passive: true });
    }
    document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else open(); });
    addEventListener("pagehide", () => close());
    addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-choose]")) document.querySelectorAll(".pick input[form]").forEach((one) => { one.checked = true; });
  });
  document.querySelectorAll("[data-choose]").forEach((one) => { one.hidden = false; });
  showPlace();
  setInterval(updateTimes, 5 * AGAIN_MS);
})();
