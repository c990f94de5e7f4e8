// Keeps the stock on the page fresh. Without script a reload does the same.
const parts = () => document.querySelectorAll("[data-live]");

async function refresh() {
  if (document.hidden || parts().length === 0) return;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of parts()) {
    const now = fresh.getElementById(part.id);
    // Never under the customer's fingers: a part with the focus, or one that says the same, stays as it is.
    if (!now || part.contains(document.activeElement) || part.isEqualNode(now)) continue;
    const chosen = part.querySelector("select")?.value;
    part.replaceWith(document.adoptNode(now));
    const select = now.querySelector("select");
    if (select && [...select.options].some((option) => option.value === chosen)) select.value = chosen;
  }
}

setInterval(() => refresh().catch(() => {}), 4000);
