window.addEventListener("load", () => {
  const page = document.getElementById("document");
  Redoc.init(page.dataset.document, { untrustedSpec: true, nativeScrollbars: true }, page);
});
