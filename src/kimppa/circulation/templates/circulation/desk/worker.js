// Keeps the offline page at hand, and gives it when the server cannot be reached.
"use strict";

const KEPT = "kimppa-desk-1";
const PAGE = "{{ page|escapejs }}";
const CHECK_OUT = "{{ check_out|escapejs }}";
const FILES = [{% for file in files %}"{{ file|escapejs }}", {% endfor %}];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => Promise.all(names.filter((one) => one !== KEPT).map((one) => caches.delete(one)));
  event.waitUntil(caches.keys().then(old).then(() => self.clients.claim()));
});

// The newest from the network; what was kept only when there is no network.
const freshOrKept = async (request, address) => {
  const kept = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) await kept.put(address, answer.clone());
    return answer;
  } catch (trouble) {
    const found = await kept.match(address);
    if (found) return found;
    throw trouble;
  }
};

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (address.pathname === PAGE || FILES.includes(address.pathname)) {
    event.respondWith(freshOrKept(event.request, address.pathname));
  } else if (event.request.mode === "navigate" && address.pathname === CHECK_OUT) {
    event.respondWith(fetch(event.request).catch(() => caches.open(KEPT).then((kept) => kept.match(PAGE))));
  }
});
