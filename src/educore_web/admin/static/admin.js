"use strict";
// Selects that look rows up while somebody types, filters that apply themselves, and actions on chosen rows.
(function ($) {
  const words = document.body.dataset;

  $("select[data-reference]").each(function () {
    const select = this;
    const list = select.dataset.base || window.location.pathname.replace(/\/(list|create|edit\/.*|action\/.*)$/, "");
    $(select).select2({
      placeholder: select.dataset.label || "",
      allowClear: select.dataset.blank === "1",
      language: { searching: () => words.searching, noResults: () => words.nothing, errorLoading: () => words.nothing },
      ajax: {
        url: list + "/ajax/lookup",
        delay: 200,
        dataType: "json",
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
    if (other) $(other).on("change", () => $(select).val(null).trigger("change")); // what was chosen is another's
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
})(window.jQuery);
