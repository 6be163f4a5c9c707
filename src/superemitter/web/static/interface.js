// The page of the interface: nothing is asked of any other server.
window.addEventListener("DOMContentLoaded", () => {
  window.SwaggerUIBundle({
    url: "/api",
    dom_id: "#interface",
    deepLinking: true,
    docExpansion: "list",
    validatorUrl: null,
    defaultModelsExpandDepth: -1,
    presets: [window.SwaggerUIBundle.presets.apis],
  });
});
