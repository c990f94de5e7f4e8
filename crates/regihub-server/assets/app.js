// Makes live regions live. Every page works without this file.
"use strict";
(() => {
  const regions = () => [...document.querySelectorAll("[data-live]")];
  const line = document.querySelector("[data-line]");
  const AGES_MS = 15000; // "3 seconds ago" grows old even when nothing happens

  // A region in which somebody is typing or about to confirm something is left alone.
  const isInUse = (region) =>
    region.querySelector("details[open]") !== null ||
    (region.contains(document.activeElement) && document.activeElement.matches("input, select, textarea, button, summary"));

  async function refresh(region) {
    const answer = await fetch(location.href, { headers: { "x-fragment": region.dataset.live } });
    if (answer.redirected) {
      location.reload(); // the session has ended
      return;
    }
    if (!answer.ok) return;
    const html = await answer.text();
    if (isInUse(region) || region.dataset.shown === html) return;
    const focused = region.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    region.innerHTML = html;
    region.dataset.shown = html;
    if (focused) region.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  // One refresh at a time; a change that comes meanwhile asks for one more.
  let busy = false;
  let again = false;
  async function refreshAll() {
    if (document.hidden) return;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      await Promise.all(regions().map(refresh));
    } catch {
      // The network is away; the event stream reconnects and asks again.
    }
    busy = false;
    if (again) {
      again = false;
      refreshAll();
    }
  }

  function showLine(isOpen) {
    if (!line) return;
    line.hidden = false;
    line.classList.toggle("lost", !isOpen);
  }

  // The line to the hub. A browser opens only six at a time, so a page that nobody looks at gives its own back.
  const RETRY_MS = 5000;
  let source = null;

  function listen() {
    if (source || document.hidden) return;
    source = new EventSource("/live");
    source.addEventListener("change", refreshAll);
    source.addEventListener("open", () => showLine(true));
    source.addEventListener("error", () => {
      showLine(false);
      if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      hangUp();
      setTimeout(listen, RETRY_MS);
    });
  }

  function hangUp() {
    source?.close();
    source = null;
  }

  if (regions().length > 0 && line) {
    listen();
    setInterval(refreshAll, AGES_MS);
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return hangUp();
      listen();
      refreshAll();
    });
    window.addEventListener("pagehide", hangUp);
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) location.reload();
    });
  }

  // Buttons that copy a text beside them; without a clipboard they stay hidden.
  if (navigator.clipboard) {
    for (const button of document.querySelectorAll("[data-copy]")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
        button.classList.add("done");
        setTimeout(() => button.classList.remove("done"), 1500);
      });
    }
  }

  // Filters apply as soon as something is picked.
  for (const form of document.querySelectorAll("form.filters")) {
    for (const field of form.querySelectorAll("select, input[type=checkbox]")) {
      field.addEventListener("change", () => form.requestSubmit());
    }
  }
})();
