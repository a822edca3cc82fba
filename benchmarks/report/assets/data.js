// The page's data: an index for the table, and blocks of details that are unpacked when a row is opened.

const CACHED = 8;
const cache = new Map();

/** Where the parser has not come to the element yet, wait for it. */
async function element(id) {
  if (!document.getElementById(id) && document.readyState === "loading")
    await new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true }));
  const found = document.getElementById(id);
  if (!found) throw new Error(`this page is incomplete: ${id} is not in it`);
  return found;
}

async function unpack(id) {
  const packed = atob((await element(id)).textContent.trim());
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

/** The value at a place, as `Place` in blocks.py; null for nowhere. */
async function fetched([block, item]) {
  if (block < 0) return null;
  if (!cache.has(block)) cache.set(block, unpack(`b${block}`));
  const values = cache.get(block);
  cache.delete(block);
  cache.set(block, values);
  if (cache.size > CACHED) cache.delete(cache.keys().next().value);
  return (await values)[item];
}
