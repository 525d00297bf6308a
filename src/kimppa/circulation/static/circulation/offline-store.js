// What was written down while the line was down: kept in IndexedDB until it is uploaded.

const DAY = 24 * 60 * 60 * 1000;
const KEPT_DAYS = 7;

const asPromise = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const open = () => {
  const request = indexedDB.open("kimppa-desk", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("loans", { keyPath: "key" });
  return asPromise(request);
};

// Resolves when it is on disk, not when it was asked for.
const change = async (act) => {
  const database = await open();
  const transaction = database.transaction("loans", "readwrite", { durability: "strict" });
  act(transaction.objectStore("loans"));
  await new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });
  database.close();
};

export const write = async (card, barcode) => {
  const loan = { key: crypto.randomUUID(), card, barcode, at: new Date().toISOString() };
  await change((store) => store.put(loan));
  return loan;
};

export const remove = (keys) => change((store) => keys.forEach((key) => store.delete(key)));

export const all = async () => {
  const database = await open();
  const loans = await asPromise(database.transaction("loans").objectStore("loans").getAll());
  database.close();
  return loans.sort((one, other) => one.at.localeCompare(other.at));
};

// Card numbers do not stay for longer than a week; the loan itself is still uploaded, to be solved.
export const forgetOldCards = async () => {
  const limit = Date.now() - KEPT_DAYS * DAY;
  const old = (await all()).filter((loan) => loan.card && Date.parse(loan.at) < limit);
  if (old.length) await change((store) => old.forEach((loan) => store.put({ ...loan, card: "" })));
};
