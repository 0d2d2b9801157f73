// Files are sent one after the other, each with a progress bar; without a script the form sends one file.
"use strict";

(() => {
  // Status -> the form's data attribute with the words for an answer that cannot be read.
  const OURS = { 0: "lost" };
  const BUCKETS = { 0: "storageAway", 403: "storageRefused" };

  function line(list, name) {
    const item = document.createElement("li"), bar = document.createElement("progress"), said = document.createElement("span");
    const title = document.createElement("strong");
    title.textContent = name;
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", name);
    item.append(title, bar, said);
    list.append(item);
    list.hidden = false;
    return { bar, said };
  }

  function outcome(answer, words) {
    try {
      const { detail } = JSON.parse(answer.text);
      if (answer.status === 202) return words.taken;
      if (answer.status === 200) return words.known;
      return detail;
    } catch {
      return words[answer.reasons[answer.status]] ?? words.answered.replace("{status}", answer.status);
    }
  }

  function post(url, body, headers, progress, reasons = OURS) {
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      request.open("POST", url);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) progress(event.loaded / event.total); });
      request.addEventListener("loadend", () => done({ status: request.status, text: request.responseText, reasons }));
      request.send(body);
    });
  }

  const isWell = ({ status }) => status >= 200 && status < 300;

  // Sends straight to the bucket: asks Nolapse for an upload form, posts it to the bucket, and reports that to Nolapse.
  async function sendToBucket(form, file, ours, progress) {
    const asked = { owner: form.elements.owner.value, owner_id: Number(form.elements.owner_id.value), name: file.name, content_type: file.type, size: file.size };
    const opened = await post("/api/direct-uploads", JSON.stringify(asked), { ...ours, "Content-Type": "application/json" }, () => {});
    if (!isWell(opened)) return opened;
    const { id, url, fields } = JSON.parse(opened.text);
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    body.append("file", file);
    const stored = await post(url, body, {}, progress, BUCKETS);
    if (!isWell(stored)) return stored;
    return post(`/api/direct-uploads/${id}/sent`, "{}", { ...ours, "Content-Type": "application/json" }, () => {});
  }

  function sendToUs(form, file, ours, progress) {
    const asked = new URLSearchParams({ owner: form.elements.owner.value, owner_id: form.elements.owner_id.value, name: file.name });
    return post(`/api/documents?${asked}`, file, { ...ours, "Content-Type": file.type || "application/octet-stream" }, progress);
  }

  async function send(form, file) {
    const shown = line(form.querySelector("[data-upload-list]"), file.name);
    const ours = { "X-CSRF-Token": form.elements.csrf.value, Accept: "application/json" };
    const way = "direct" in form.dataset ? sendToBucket : sendToUs;
    const answered = await way(form, file, ours, (share) => { shown.bar.value = share; });
    const well = isWell(answered);
    shown.bar.value = well ? 1 : 0;
    shown.said.textContent = outcome(answered, form.dataset);
    shown.said.dataset.state = well ? "done" : "failed";
    return well;
  }

  async function sendAll(form, files) {
    const most = Number(form.dataset.most);
    let well = true;
    for (const file of files) {
      if (file.size > most) {
        const shown = line(form.querySelector("[data-upload-list]"), file.name);
        shown.said.textContent = form.dataset.tooLarge;
        shown.said.dataset.state = "failed";
        well = false;
      } else {
        well = (await send(form, file)) && well;
      }
    }
    // A file in the bucket becomes a document once a job has taken it; until then its line here says that it was sent.
    if (well && files.length && !("direct" in form.dataset)) location.reload();
  }

  function attach(form) {
    const input = form.elements.file;
    input.multiple = true;
    form.querySelector("[data-upload-drop]").hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      sendAll(form, [...input.files]);
      input.value = "";
    });
    form.addEventListener("dragover", (event) => { event.preventDefault(); form.dataset.over = "true"; });
    form.addEventListener("dragleave", () => { delete form.dataset.over; });
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      delete form.dataset.over;
      sendAll(form, [...event.dataTransfer.files]);
    });
  }

  const attachAll = () => document.querySelectorAll("form[data-upload]").forEach(attach);
  attachAll();
  document.addEventListener("fresh", attachAll); // a page that is live has put another form in place of the old one
})();
