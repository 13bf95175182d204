"use strict";
// Sheets by keyboard: a button fills every empty line, and Enter goes to the same control of the next line.
(function () {
  const form = document.querySelector("[data-sheet]");
  if (!form) return;

  form.querySelectorAll("[data-all]").forEach((button) => {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      form.querySelectorAll("[data-line]").forEach((line) => {
        const boxes = Array.from(line.querySelectorAll(`input[type=radio][name^="${button.dataset.all}-"]`));
        const wanted = boxes.find((box) => box.value === button.dataset.value);
        if (wanted && !boxes.some((box) => box.checked)) {
          wanted.checked = true;
          form.dataset.unsaved = "";
        }
      });
    });
  });

  form.addEventListener("keydown", (event) => {
    const control = event.target;
    if (event.key !== "Enter" || control.tagName === "TEXTAREA" || control.tagName === "BUTTON" || !control.name) return;
    event.preventDefault();
    const kind = control.name.slice(0, control.name.lastIndexOf("-"));
    let line = control.closest("[data-line]");
    while (line && (line = line.nextElementSibling)) {
      const next = line.querySelector(`[name^="${kind}-"]:checked`) || line.querySelector(`[name^="${kind}-"]`);
      if (next) {
        next.focus();
        return;
      }
    }
    form.querySelector("button.btn-primary").focus();
  });
})();
