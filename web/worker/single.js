// The whole site as one HTML file that works from disk, with a run inside. The page makes it for whoever
// wants to keep a run; `cargo xtask build --single-file` makes it without one. `read` gives the bytes of a
// file of the site, `files` is the list of all, `world` what would stand after "#" in a link.
async function slotlabSingle(read, files, world) {
  const bytes64 = (bytes) => {
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return btoa(text);
  };
  const text = async (path) => new TextDecoder().decode(await read(path));
  const gzip64 = async (path) => {
    const packed = new Blob([await read(path)]).stream().pipeThrough(new CompressionStream("gzip"));
    return bytes64(new Uint8Array(await new Response(packed).arrayBuffer()));
  };
  const TYPES = { svg: "image/svg+xml", woff2: "font/woff2", js: "text/javascript" };
  const data = async (path) => `data:${TYPES[path.split(".").pop()]};base64,${bytes64(await read(path))}`;
  const swap = async (whole, pattern, by) => {
    const parts = [];
    let from = 0;
    for (const found of whole.matchAll(pattern)) {
      parts.push(whole.slice(from, found.index), await by(...found));
      from = found.index + found[0].length;
    }
    return parts.join("") + whole.slice(from);
  };
  const plain = (path) => path.replace(/^\.\//, "");

  // The page holds these lines too: no pattern here may look like what it finds.
  let page = await text("index.html");
  page = page.replace(/<lin[k] rel="(?:module)?preload"[^>]*>\s*/g, "");
  page = await swap(page, /<lin[k] rel="stylesheet" href="([^"]+)">/g, async (_, path) => {
    const sheet = await swap(await text(plain(path)), /url\(["']?(?!data:)([^"')]+)["']?\)/g,
      async (_, font) => `url(${await data(plain(font))})`);
    return `<style>${sheet}</style>`;
  });
  page = await swap(page, /(<lin[k] rel="icon" href=")([^"]+)/g, async (_, before, path) => before + await data(plain(path)));
  // What the page would fetch later lies in the file too.
  const later = files.filter((path) => path.endsWith("_rest.wasm") || !/(^index\.html|^sw\.js|^files\.json|\.(css|js|wasm|woff2|svg|txt))$/.test(path));
  const kept = {};
  for (const path of later) kept[path] = await gzip64(path);
  const unpack = "const unpack = (text) => new Response(new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))])"
    + ".stream().pipeThrough(new DecompressionStream('gzip')));";
  const shim = later.length === 0 ? "" : `<script>{ ${unpack} const kept = ${JSON.stringify(kept)}; const far = fetch;
fetch = async (what, how) => { const path = String(what?.url ?? what).replace(new URL(".", location.href).href, "").replace(/^\\.\\//, "");
return Object.hasOwn(kept, path) ? unpack(kept[path]) : far(what, how); }; }<\/script>`;
  let started = 0;
  page = await swap(page, /import init, \* as bindings from '([^']+)';\s*const wasm = await init\(\{ module_or_path: '([^']+)' \}\);/g,
    async (_, js, wasm) => {
      started += 1;
      return `${unpack}\nimport init, * as bindings from '${await data(plain(js))}';\n`
        + `const module_or_path = await unpack('${await gzip64(plain(wasm))}').arrayBuffer();\n`
        + "await bindings.prepareRest?.();\nconst wasm = await init({ module_or_path });";
    });
  if (started !== 1) throw new Error("the page does not start its module as expected");
  const head = `<meta name="slotlab-world" content="${/^[\w=-]*$/.test(world) ? world : ""}" />${shim}`;
  return page.replace(/<html /, "<html data-single ").replace(/<meta charset="utf-8" \/>/, (all) => all + head);
}

// In the page: fetches what it was made of, and saves the file.
async function slotlabSave(world) {
  const read = async (path) => {
    const answer = await fetch(path === "index.html" ? "./" : `./${path}`);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  };
  const files = JSON.parse(new TextDecoder().decode(await read("files.json")));
  const page = await slotlabSingle(read, files, world);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([page], { type: "text/html" }));
  link.download = "slotlab.html";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
if (typeof module !== "undefined") module.exports = slotlabSingle;
