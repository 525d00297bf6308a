// Offline mode: write loans down without the line, upload them when it is back.
import { all, forgetOldCards, remove, write } from "./offline-store.js";

const AT_ONCE = 500;
const form = document.querySelector("[data-offline-form]");
const upload = document.querySelector("[data-upload]");

const clock = (loan) => new Date(loan.at).toLocaleTimeString(document.documentElement.lang, {
  hour: "2-digit", minute: "2-digit",
});

const row = (loan, label) => {
  const line = document.createElement("li");
  line.className = "row-one";
  const text = document.createElement("div");
  const title = document.createElement("strong");
  title.className = "row-title code";
  title.textContent = loan.barcode;
  const rest = document.createElement("span");
  rest.className = "quiet";
  rest.textContent = `${clock(loan)} · ${loan.card}`;
  text.append(title, rest);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm btn-outline-primary";
  button.textContent = label;
  button.setAttribute("aria-label", `${label} ${loan.barcode}`);
  button.addEventListener("click", async () => {
    await remove([loan.key]);
    await show();
    document.getElementById("barcode").focus();
  });
  line.append(text, button);
  return line;
};

const show = async () => {
  const loans = await all();
  document.querySelector("[data-offline-count]").textContent = loans.length;
  const list = document.querySelector("[data-offline-rows]");
  list?.replaceChildren(...loans.reverse().map((loan) => row(loan, list.dataset.remove)));
  if (upload) upload.hidden = loans.length === 0;
};

const say = (words, tone) => {
  const said = document.querySelector("[data-offline-said]");
  said.className = `said state-${tone}`;
  said.textContent = words;
};

const writeDown = async (event) => {
  event.preventDefault();
  const [card, barcode] = ["card", "barcode"].map((id) => document.getElementById(id));
  const words = document.querySelector("[data-offline-said]").dataset;
  if (!card.value.trim()) {
    say(words.card, "danger");
    card.focus();
    return;
  }
  if (!barcode.value.trim()) {
    barcode.focus();
    return;
  }
  const what = barcode.value.trim();
  barcode.value = "";
  barcode.focus();
  try {
    await write(card.value.trim(), what);
    say(`${words.kept}: ${what}`, "success");
  } catch {
    barcode.value = what;
    say(words.wrong, "danger");
  }
  await show();
};

const nextPatron = () => {
  for (const id of ["barcode", "card"]) document.getElementById(id).value = "";
  document.getElementById("card").focus();
};

// Only what the server says it has is forgotten here.
const send = async (loans, token) => {
  const answer = await fetch(upload.dataset.store, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(loans),
  });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  await remove((await answer.json()).stored);
};

const uploadAll = async (event) => {
  event.preventDefault();
  const sent = event.target;
  const token = sent.elements.csrfmiddlewaretoken.value;
  const said = document.querySelector("[data-upload-said]");
  try {
    const loans = await all();
    for (let at = 0; at < loans.length; at += AT_ONCE) {
      await send(loans.slice(at, at + AT_ONCE), token);
    }
    sent.submit();
  } catch {
    said.className = "said state-danger";
    said.textContent = said.dataset.wrong;
    await show();
  }
};

await forgetOldCards();
await show();
if (form) {
  form.hidden = false;
  form.addEventListener("submit", writeDown);
  document.querySelector("[data-next-patron]").addEventListener("click", nextPatron);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") nextPatron();
  });
  document.getElementById("card").focus();
}
upload?.querySelector("form").addEventListener("submit", uploadAll);
