/* Rows that can be ticked, in the form #rows, and Create from them. Without this the form asks for the same by itself.

   td.tick input                 a row's own box; Shift ticks all from the last one to this, X the row in focus
   data-check-all, name="all"    all on the page (hilvan.js ticks them); all that the filters let through
   data-selected="%n selected"   says how many; data-selected-one says it of one
   data-create-from="URL"        a menu: opening it fetches what can be created from the ticked rows, else from the
                                 row in focus */

const $ = (selector, within = document) => within?.querySelector(selector) ?? null;
const $$ = (selector, within = document) => [...(within?.querySelectorAll(selector) ?? [])];
const form = () => document.getElementById("rows");
const boxes = () => $$("tbody .tick input", form());

let row = null; // the row in focus, also while its menu is open
let last = null; // the box that was ticked last
let loading = null; // while a menu is being fetched
let loaded = null; // the open menu that has been fetched

function count() {
  const list = boxes();
  const ticked = list.filter((box) => box.checked).length;
  const all = $("input[name=all]", form());
  const head = $("[data-check-all]", form());
  if (head) {
    head.checked = ticked > 0 && ticked === list.length;
    head.indeterminate = ticked > 0 && ticked < list.length;
  }
  const number = all?.checked ? Number(all.dataset.all) : ticked;
  for (const one of $$("[data-selected]", form())) {
    one.textContent = number === 1 ? one.dataset.selectedOne : one.dataset.selected.replace("%n", number.toLocaleString(document.documentElement.lang));
  }
}

document.addEventListener("click", (event) => {
  if (!event.target.matches?.("tbody .tick input")) return;
  const list = boxes();
  const [from, to] = [list.indexOf(last), list.indexOf(event.target)];
  if (event.shiftKey && from >= 0) {
    for (const box of list.slice(Math.min(from, to), Math.max(from, to) + 1)) box.checked = event.target.checked;
  }
  last = event.target;
});
document.addEventListener("change", (event) => {
  if (!event.target.closest?.("#rows")) return;
  const all = $("input[name=all]", form());
  if (event.target === all) {
    if (all.checked) for (const box of boxes()) box.checked = true;
  } else if (all) {
    all.checked = false;
  }
  count();
});
document.addEventListener("reset", () => setTimeout(count));
addEventListener("pageshow", count); // the browser brings back what was ticked
document.addEventListener("htmx:load", () => { row = last = null; count(); });

document.addEventListener("focusin", (event) => {
  const within = event.target.closest?.("#rows tr[data-row]");
  if (within || !event.target.closest?.("[data-create-from]")) row = within;
});

async function fill(menu) {
  const query = new URLSearchParams(new FormData(form()));
  if (query.has("all")) query.delete("record");
  else if (row && !query.has("record")) query.set("record", $(".tick input", row).value);
  const body = $(".menu-body", menu);
  const inside = menu.contains(document.activeElement); // asked before what it is in is hidden and replaced
  body.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${menu.dataset.createFrom}?${query}`, { headers: { "HX-Request": "true" } });
    const text = answer.ok && !answer.redirected ? await answer.text() : "";
    if (text) body.innerHTML = text;
  } finally {
    body.removeAttribute("aria-busy");
  }
  if (inside && menu.open) $("a[href], button, [tabindex='0']", body)?.focus();
}
function load(menu) {
  loading ??= fill(menu).catch(() => {}).finally(() => { loading = null; loaded = menu.open ? menu : null; });
}
document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.matches?.("[data-create-from]")) return;
  row?.classList.toggle("is-current", menu.open);
  loaded = null;
  if (menu.open) load(menu);
}, true);

document.addEventListener("keydown", (event) => {
  const menu = $("[data-create-from][open]");
  if (menu && menu !== loaded && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
    // A key of the menu, pressed before it is there: it counts once it is. (It is told of its opening later than of
    // the key.)
    const { key, target } = event;
    event.preventDefault();
    event.stopImmediatePropagation();
    load(menu);
    loading.then(() => (target.isConnected ? target : document.body).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })));
  } else if (event.key === "x" && row?.contains(event.target) && !event.target.matches("input")) {
    $(".tick input", row).click();
    event.preventDefault();
  }
}, true);
count();
