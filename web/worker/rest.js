
// The rest of the module: what a first visit does not run (docs/page-speed.md). It is fetched once the world
// is ready; a function that needs it sooner waits for it.
const REST = new URL("./%REST%", document.baseURI);
let compiled;

function install(module) {
  if (wasm.rest_is_here.value) return;
  new WebAssembly.Instance(module, { first: wasm });
  wasm.rest_is_here.value = 1;
}

// Called from the middle of a function of the first part: nothing but a synchronous request can help there.
function load() {
  if (!compiled) {
    const request = new XMLHttpRequest();
    request.open("GET", REST, false);
    request.overrideMimeType("text/plain; charset=x-user-defined");
    try {
      request.send();
      if (request.status !== 200) throw new Error(`the server answered ${request.status}`);
    } catch (error) {
      document.getElementById("lost").hidden = false;
      throw error;
    }
    compiled = new WebAssembly.Module(Uint8Array.from(request.responseText, (c) => c.charCodeAt(0) & 0xff));
  }
  install(compiled);
}

/// Gets it ready before anything asks for it: the page as one file has it at hand, and no server.
export async function prepareRest() {
  const answer = await fetch(REST);
  if (answer.ok) compiled ??= await WebAssembly.compile(await answer.arrayBuffer());
}

async function fetchRest() {
  if (!compiled) await prepareRest();
  if (compiled) install(compiled);
}

// Without a network it is asked for again as soon as there is one, and by the first function that needs it.
const ahead = () => fetchRest().catch(() => addEventListener("online", ahead, { once: true }));
const ready = () => (document.querySelector(".app[data-ready=true]") ? ahead() : requestAnimationFrame(ready));
addEventListener("TrunkApplicationStarted", ready, { once: true });
