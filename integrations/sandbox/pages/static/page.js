/* Keeps the page live: asks for itself every two seconds and swaps the sections that changed. Plain links and forms do
   everything else. */
"use strict";

const PAUSE = 2000;
const live = document.querySelector(".live");
const seen = new Map();

function localise(root) {
  for (const time of root.querySelectorAll("time")) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString();
  }
}

function replace(current, fresh) {
  const open = Array.from(current.querySelectorAll("details[open]"), (item) => item.id);
  const focused = current.contains(document.activeElement) ? document.activeElement : null;
  if (focused && !focused.closest("details")) {
    return false;
  }
  const focusedFold = focused && focused.closest("details").id;
  localise(fresh);
  current.replaceChildren(...fresh.childNodes);
  for (const id of open) {
    const fold = document.getElementById(id);
    if (fold) {
      fold.open = true;
    }
  }
  if (focusedFold && document.getElementById(focusedFold)) {
    document.getElementById(focusedFold).querySelector("summary").focus({ preventScroll: true });
  }
  return true;
}

function swap(text) {
  const next = new DOMParser().parseFromString(text, "text/html");
  for (const fresh of next.querySelectorAll("[data-live]")) {
    const current = document.getElementById(fresh.id);
    const markup = fresh.innerHTML;
    if (current && seen.get(fresh.id) !== markup && replace(current, fresh)) {
      seen.set(fresh.id, markup);
    }
  }
}

async function refresh() {
  if (!document.hidden) {
    try {
      const response = await fetch(location.href);
      if (response.ok) {
        swap(await response.text());
      }
      live.textContent = "Live";
      live.classList.remove("lost");
    } catch {
      live.textContent = "Not reachable";
      live.classList.add("lost");
    }
  }
  setTimeout(refresh, PAUSE);
}

for (const section of document.querySelectorAll("[data-live]")) {
  seen.set(section.id, section.innerHTML);
}
localise(document);
if (seen.size > 0) {
  live.hidden = false;
  setTimeout(refresh, PAUSE);
}
