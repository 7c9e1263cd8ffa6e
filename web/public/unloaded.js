// Nobody is left before an empty page: where the app's script, or one it needs, cannot be loaded, what
// index.html holds for that is shown. A file of its own because the Content-Security-Policy allows
// no inline scripts. What is loaded later is the app's to speak of (RouteErrorPage, Part).
addEventListener(
  "error",
  function (event) {
    if (event.target instanceof HTMLScriptElement && event.target.type === "module") {
      document.getElementById("root").hidden = true;
      var unloaded = document.getElementById("unloaded");
      unloaded.hidden = false;
      unloaded.querySelector("button").addEventListener("click", function () {
        location.reload();
      });
    }
  },
  true, // such events do not bubble
);
