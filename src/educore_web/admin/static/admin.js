"use strict";
// Selects that look rows up while the user types, filters that apply at once, actions on selected rows, and forms
// that are sent only once and not left by mistake.
(function ($) {
  const words = document.body.dataset;
  let hasEnded = false;

  $("select[data-reference]").each(function () {
    const select = this;
    const list = select.dataset.base || window.location.pathname.replace(/\/(list|create|edit\/.*|action\/.*)$/, "");
    $(select).select2({
      dir: document.documentElement.dir,
      placeholder: select.dataset.label || "",
      allowClear: select.dataset.blank === "1",
      language: { searching: () => words.searching, noResults: () => words.nothing, errorLoading: () => (hasEnded ? words.ended : words.failed) },
      ajax: {
        url: list + "/ajax/lookup",
        delay: 200,
        dataType: "json",
        transport: (asked, show, fail) => {
          const request = $.ajax(asked);
          return request.done(show).fail((answer) => {
            hasEnded = answer.status === 401;
            if (answer.statusText !== "abort") fail();
          });
        },
        data: (asked) => {
          const question = { form: select.dataset.reference, name: select.name, term: asked.term || "" };
          const other = select.dataset.depends && select.form.elements[select.dataset.depends];
          if (other) question[other.name] = other.value;
          return question;
        },
      },
    });
    if (["list", "calendar"].includes(select.dataset.reference)) {
      $(select).on("change", () => select.form.requestSubmit());
    }
  });

  $(document).on("select2:open", () => {
    const box = document.querySelector(".select2-container--open .select2-search__field");
    if (box) box.focus();
  });

  document.querySelectorAll("[data-depends]").forEach((select) => {
    const other = select.form.elements[select.dataset.depends];
    if (other) $(other).on("change", () => $(select).val(null).trigger("change")); // the choice belonged to the old answer
  });

  document.querySelectorAll("select[data-submits]").forEach((select) => {
    select.addEventListener("change", () => select.form.requestSubmit());
  });

  const bulk = document.querySelector("[data-bulk]");
  const boxes = Array.from(document.querySelectorAll("[data-row]"));
  const all = document.querySelector("[data-all]");
  const chosen = () => boxes.filter((box) => box.checked).map((box) => box.dataset.row);
  const refresh = () => {
    if (!bulk) return;
    const count = chosen().length;
    bulk.hidden = count === 0;
    bulk.querySelector("[data-chosen]").textContent = count;
    if (all) all.checked = count === boxes.length;
  };
  boxes.forEach((box) => box.addEventListener("change", refresh));
  if (all) {
    all.addEventListener("change", () => {
      boxes.forEach((box) => { box.checked = all.checked; });
      refresh();
    });
  }
  document.querySelectorAll("[data-action]").forEach((link) => {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      window.location.href = link.dataset.action + "?pks=" + chosen().join(",");
    });
  });
  refresh();

  // A form is sent only once: its buttons are disabled after the browser has read which one was pressed.
  const buttons = (form) => form.querySelectorAll("button[type=submit], button:not([type])");
  document.querySelectorAll("form[method=post]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "1";
      setTimeout(() => buttons(form).forEach((button) => { button.disabled = true; }));
    });
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return; // only a page that the back button brings from the cache has disabled buttons
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      buttons(form).forEach((button) => { button.disabled = false; });
    });
  });

  // Warn before leaving a page with answers that have not been sent.
  const guarded = Array.from(document.querySelectorAll("form[data-guard]"));
  guarded.forEach((form) => {
    $(form).on("input change", () => { form.dataset.unsaved = ""; });
  });
  document.querySelectorAll("[data-discard]").forEach((link) => {
    link.addEventListener("click", () => guarded.forEach((form) => { delete form.dataset.unsaved; }));
  });
  window.addEventListener("beforeunload", (event) => {
    if (guarded.some((form) => "unsaved" in form.dataset && !form.dataset.sent)) event.preventDefault();
  });

  const resumed = document.querySelector("form[data-resume]");
  if (resumed) resumed.requestSubmit();
})(window.jQuery);
