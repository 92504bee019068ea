// Searches the index that search-index.js holds, as the visitor types.
"use strict";

const LIMIT = 50;
const field = document.getElementById("q");
const list = document.getElementById("results");
const line = document.getElementById("status");
// What is compared with the words: the title, and the title with everything else.
const lowered = searchIndex.map(([, title, , page, text]) =>
  [title.toLowerCase(), (title + " " + page + " " + text).toLowerCase()]);

// How well an entry fits the words; 0 unless it has all of them.
function score(at, words) {
  const [title, all] = lowered[at];
  let sum = 0;
  for (const word of words) {
    if (title === word || title === "uv_" + word) sum += 100;
    else if (title.startsWith(word) || title.startsWith("uv_" + word)) sum += 40;
    else if (title.includes(word)) sum += 20;
    else if (all.includes(word)) sum += 1;
    else return 0;
  }
  if (searchIndex[at][0] === "function") sum += 5;
  return sum - title.length / 1000;
}

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

// The part of a text around the first of the words.
function excerpt(text, words) {
  const lower = text.toLowerCase();
  const places = words.map((word) => lower.indexOf(word)).filter((place) => place >= 0);
  const middle = places.length ? Math.min(...places) : 0;
  const start = middle > 80 ? text.lastIndexOf(" ", middle - 60) + 1 : 0;
  const end = start + 180 < text.length ? text.lastIndexOf(" ", start + 180) : text.length;
  return (start ? "… " : "") + text.slice(start, end) + (end < text.length ? " …" : "");
}

function show() {
  const words = field.value.toLowerCase().split(/[\s()]+/).filter(Boolean);
  const found = searchIndex.map((entry, at) => [score(at, words), entry])
    .filter(([points]) => words.length && points > 0)
    .sort((one, other) => other[0] - one[0]);
  line.textContent = !words.length ? "Type what to look for."
    : found.length === 0 ? "Nothing has all of these words."
    : found.length === 1 ? "1 result"
    : found.length > LIMIT ? found.length + " results; the best " + LIMIT
    : found.length + " results";
  list.replaceChildren(...found.slice(0, LIMIT).map(([, [kind, title, address, page, text]]) => {
    const item = document.createElement("li");
    const link = element("a", title);
    link.href = address;
    item.append(link, " ", element("span", kind + ", " + page, "kind"));
    if (text) item.append(element("p", excerpt(text, words)));
    return item;
  }));
}

field.value = new URLSearchParams(location.search).get("q") || "";
field.addEventListener("input", show);
show();
