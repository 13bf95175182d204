window.addEventListener("load", () => {
  const page = document.getElementById("document");
  window.ui = SwaggerUIBundle({
    url: page.dataset.document,
    dom_id: "#document",
    deepLinking: true,
    filter: true,
    displayRequestDuration: true,
    persistAuthorization: true,
    tryItOutEnabled: true,
    docExpansion: "none",
    validatorUrl: null,
  });
});
