// What others find appears in the rows and in the bar while a page of tests is open. The
// page names what it shows, and is told in a few bytes that nothing has changed; a hidden
// tab asks nothing. Without this file, loading the page again shows the same.
"use strict";

(() => {
  const list = document.getElementById("cells");
  const announce = document.getElementById("announce");
  const notes = document.getElementById("live-notes");
  const bar = () => document.getElementById("progress");
  if (!bar() || bar().dataset.active !== "1" || !window.fetch) return;

  const EVERY_MS = 10000;
  const LONGEST_MS = 120000;
  let wait = EVERY_MS;
  let timer = 0;
  let asking = false;
  let known = "";
  let asked = "";

  const rows = () => (list ? [...list.querySelectorAll(":scope > .cell")] : []);

  function address() {
    const url = new URL(bar().dataset.url, window.location.href);
    url.searchParams.set("seen", rows().map((row) => row.dataset.stamp).join(","));
    url.searchParams.set("back", window.location.search.slice(1));
    return url;
  }

  // What somebody writes or reads in an open case stays; its head alone is new.
  function show(fresh) {
    const old = document.getElementById(fresh.id);
    if (!old || old.getAttribute("aria-busy") === "true") return false;
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    if (old.classList.contains("cell--open")) {
      const [from, to] = [".cell__standing", ".cell__facts"].map((part) => [
        fresh.querySelector(part),
        old.querySelector(part),
      ]);
      for (const [source, target] of [from, to]) target.replaceChildren(...source.childNodes);
      const quick = old.querySelector(".cell__quick");
      if (quick && !quick.contains(focused)) {
        quick.replaceWith(fresh.querySelector(".cell__quick") || document.createTextNode(""));
      }
      old.classList.remove(`cell--${old.dataset.status}`);
      old.classList.add(`cell--${fresh.dataset.status}`, "cell--fresh");
      Object.assign(old.dataset, { status: fresh.dataset.status, stamp: fresh.dataset.stamp });
      return true;
    }
    fresh.classList.add("cell--fresh");
    old.replaceWith(fresh);
    if (focused) {
      const same = focused.matches("button") ? fresh.querySelector(".cell__quick button") : null;
      (same || fresh.querySelector(".cell__link")).focus();
    }
    return true;
  }

  function tell(changed) {
    if (changed.length === 0) return;
    const shown = (row) => row.querySelector(".cell__standing").textContent.trim();
    announce.textContent = changed.length === 1
      ? `${changed[0].querySelector(".cell__link").textContent}: ${shown(changed[0])}`
      : `${changed.length} cases have new results.`;
  }

  function note(id, node) {
    if (!document.getElementById(id)) notes.append(node);
  }

  function apply(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const content = template.content;
    const fresh = content.querySelector("#progress");
    if (!fresh) return false;
    const incoming = [...content.querySelectorAll(".cell")];
    bar().replaceWith(fresh);
    const changed = incoming.filter(show).map((row) => document.getElementById(row.id));
    // A row that could not be shown now is asked for again.
    known = changed.length === incoming.length ? fresh.dataset.state : "";
    tell(changed);
    for (const node of content.querySelectorAll("p[id].message")) note(node.id, node);
    if (fresh.dataset.active !== "1") wait = 0;
    return true;
  }

  function stop() {
    wait = 0;
    const node = document.createElement("p");
    node.className = "message message--warning";
    node.id = "live-stopped";
    node.textContent = "This page shows no news any more. Please load it again.";
    note(node.id, node);
  }

  async function ask() {
    if (asking || document.hidden || !wait) return;
    asking = true;
    window.clearTimeout(timer);
    try {
      const url = address();
      const headers = { "X-Fragment": "1" };
      // What is known is known of these rows alone.
      if (known && url.href === asked) headers["If-None-Match"] = `"${known}"`;
      const answer = await fetch(url, { headers, credentials: "same-origin", cache: "no-store" });
      asked = url.href;
      if (answer.redirected || [401, 403, 404].includes(answer.status)) {
        stop();
      } else if (answer.ok) {
        wait = EVERY_MS;
        if (!apply(await answer.text())) stop();
        // Rows that were replaced are asked about by their new stamps.
        asked = address().href;
      } else if (answer.status === 304) {
        wait = EVERY_MS;
      } else {
        wait = Math.min(2 * wait, LONGEST_MS);
      }
    } catch {
      wait = Math.min(2 * wait, LONGEST_MS);
    } finally {
      asking = false;
      if (wait && !document.hidden) timer = window.setTimeout(ask, wait);
    }
  }

  document.addEventListener("visibilitychange", () => {
    window.clearTimeout(timer);
    ask();
  });
  document.addEventListener("moztrap:recorded", ask);
  timer = window.setTimeout(ask, EVERY_MS);
})();
