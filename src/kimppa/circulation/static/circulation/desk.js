// The desk's sounds, slips that print by themselves, and Esc. Every page works without this file.
"use strict";

const MUTED = "kimppa-desk-muted";
// Frequency in hertz and length in milliseconds of each tone: rising is good, falling is stop.
const TUNES = {
  ok: [[880, 90]],
  shelf: [[660, 90], [880, 110]],
  hold: [[660, 80], [880, 80], [1175, 140]],
  transit: [[740, 110], [740, 110]],
  attention: [[523, 220]],
  processing: [[392, 160], [294, 220]],
  stop: [[220, 160], [175, 320]],
};
let audio;

const isMuted = () => localStorage.getItem(MUTED) === "yes";

const play = (name) => {
  const tune = TUNES[name];
  if (!tune || isMuted()) return;
  audio ??= new AudioContext();
  let at = audio.currentTime + 0.01;
  for (const [hertz, milliseconds] of tune) {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    const end = at + milliseconds / 1000;
    tone.type = "triangle";
    tone.frequency.value = hertz;
    loudness.gain.setValueAtTime(0.25, at);
    loudness.gain.exponentialRampToValueAtTime(0.001, end);
    tone.connect(loudness).connect(audio.destination);
    tone.start(at);
    tone.stop(end);
    at = end + 0.03;
  }
  document.documentElement.dataset.played = name;
};

const showMute = () => {
  const button = document.querySelector("[data-mute]");
  if (!button) return;
  button.hidden = false;
  button.setAttribute("aria-pressed", String(isMuted()));
};

const printSlip = () => {
  document.body.classList.add("prints-slip");
  window.print();
  document.body.classList.remove("prints-slip");
};

// What came of the scan is told: by sound, and on paper where the session asks for it.
const tell = () => {
  const said = document.querySelector(".said");
  if (said) play(said.dataset.sound);
  for (const button of document.querySelectorAll("[data-print-slip]")) button.hidden = false;
  if (document.querySelector("[data-print-now]")) printSlip();
};

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-mute]")) {
    localStorage.setItem(MUTED, isMuted() ? "no" : "yes");
    showMute();
    document.getElementById("scan")?.focus();
  } else if (event.target.closest("[data-print-slip]")) printSlip();
});

// Esc empties the field; in an empty field it ends the session.
document.addEventListener("keydown", (event) => {
  const field = document.getElementById("scan");
  if (event.key !== "Escape" || event.target !== field) return;
  event.stopImmediatePropagation();
  if (field.value) field.value = "";
  else document.querySelector("[data-end-session]")?.requestSubmit();
}, true);

// A row was added on top: as many stay as the page shows when it is opened anew.
const countRows = () => {
  const rows = document.getElementById("rows");
  while (rows.children.length > (Number(rows.dataset.most) || Infinity)) rows.lastElementChild.remove();
  document.querySelector("#rows-heading .count").textContent = rows.children.length;
  for (const element of document.querySelectorAll("[data-with-rows]")) element.hidden = false;
  for (const element of document.querySelectorAll("[data-without-rows]")) element.hidden = true;
};

// Scanners are quicker than any network: scans wait for each other here, and none is lost.
const waiting = [];
let sending = null;
let typed = "";
const scanField = () => document.getElementById("scan");

const sendNext = () => {
  const field = scanField();
  if (!field || !waiting.length) return;
  typed = field.value;
  field.value = waiting.shift();
  field.form.requestSubmit();
};

document.addEventListener("submit", (event) => {
  const isScan = event.target.matches("form.scan[hx-post]");
  if (!isScan || sending === null) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  waiting.push(scanField().value);
  scanField().value = "";
}, true);
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (!event.detail.elt.matches("form.scan")) return;
  sending = scanField().value;
  scanField().value = typed;
  typed = "";
});
// An answer is the whole desk, or only what one more loan or return changes on it. htmx tells of
// each element that it has put in place; the answer is seen to once.
const isAnswer = (event) => ["desk", "desk-news"].includes(event.detail.target.id);
let swapped;
let settled;
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (isAnswer(event)) typed = scanField()?.value ?? "";
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (!isAnswer(event) || swapped === event.detail.xhr) return;
  swapped = event.detail.xhr;
  const field = scanField();
  if (event.detail.target.id === "desk-news") {
    countRows();
    field.focus();
  } else if (field) field.value = typed;
  typed = "";
  tell();
});
// Only now does htmx know the new form.
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (!isAnswer(event) || settled === event.detail.xhr || sending === null) return;
  settled = event.detail.xhr;
  sending = null;
  sendNext();
});
// The line is down or the server in trouble: the scan is back in the field, to be sent again by
// Enter; those that waited behind it follow it then.
const takeBack = () => {
  if (sending === null) return;
  const field = scanField();
  waiting.unshift(sending);
  if (field.value) waiting.push(field.value);
  field.value = waiting.shift();
  sending = null;
  play("stop");
};
document.body.addEventListener("htmx:sendError", takeBack);
document.body.addEventListener("htmx:responseError", takeBack);

// The offline page is kept at hand while the line is up.
const keepOfflinePage = async () => {
  const { worker, offline } = document.getElementById("desk").dataset;
  if (!worker || !("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(worker);
  await navigator.serviceWorker.ready;
  if (navigator.serviceWorker.controller) await fetch(offline);
  else navigator.serviceWorker.addEventListener("controllerchange", () => fetch(offline));
};
keepOfflinePage().catch(() => {}); // a private window has no worker; the desk works without

showMute();
tell();
