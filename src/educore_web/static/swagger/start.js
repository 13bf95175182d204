window.addEventListener("load", () => {
  const page = document.getElementById("swagger-ui");
  window.ui = SwaggerUIBundle({
    url: page.dataset.document,
    dom_id: "#swagger-ui",
    deepLinking: true,
    filter: true,
    displayRequestDuration: true,
    persistAuthorization: true,
    tryItOutEnabled: true,
    docExpansion: "none",
    validatorUrl: null,
  });
});
