window.addEventListener("load", () => {
  const page = document.getElementById("redoc");
  Redoc.init(page.dataset.document, { untrustedSpec: true, nativeScrollbars: true }, page);
});
