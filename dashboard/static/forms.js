// A file that is dropped on a form is put into its field, and the form is sent; without a script one chooses the file.
"use strict";

(() => {
  for (const form of document.querySelectorAll("form[data-drop]")) {
    const input = form.elements.file;
    form.querySelector("[data-drop-hint]").hidden = false;
    form.addEventListener("dragover", (event) => { event.preventDefault(); form.dataset.over = "true"; });
    form.addEventListener("dragleave", () => { delete form.dataset.over; });
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      delete form.dataset.over;
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      form.elements.text.value = "";
      form.requestSubmit();
    });
  }
})();
