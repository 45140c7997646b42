// Offline after the first visit; a newer version waits behind a button.
if ("serviceWorker" in navigator && isSecureContext && !("single" in document.documentElement.dataset)) {
  const offer = (worker) => {
    const button = document.getElementById("update");
    button.hidden = false;
    button.onclick = () => worker.postMessage("take over");
  };
  addEventListener("load", async () => {
    const had = Boolean(navigator.serviceWorker.controller);
    // Where it cannot be kept, the site still works with a network.
    const known = await navigator.serviceWorker.register("./sw.js").catch(() => null);
    if (!known) return;
    if (known.waiting && had) offer(known.waiting);
    known.addEventListener("updatefound", () => {
      const next = known.installing;
      next?.addEventListener("statechange", () => {
        if (next.state === "installed" && navigator.serviceWorker.controller) offer(next);
      });
    });
    navigator.serviceWorker.addEventListener("controllerchange", () => { if (had) location.reload(); });
  });
}
