/* The lines of a document's form: rows are added and removed, a product brings its price, the server adds it all up.
   Everything works without: three empty rows stand ready, and what is left empty is the product's. */

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const control = (row, name) => $(`[name$="-${name}"]`, row);

function addLine(field) {
  const body = $("tbody", field);
  const used = $$("[data-line] [name]", body).map((one) => Number(/-(\d+)-\w+$/.exec(one.name)?.[1] ?? -1));
  const row = $("template", field).content.firstElementChild.cloneNode(true);
  const at = Math.max(-1, ...used) + 1;
  for (const one of $$("[name], [id]", row)) {
    for (const attribute of ["name", "id"]) {
      if (one.hasAttribute(attribute)) one.setAttribute(attribute, one.getAttribute(attribute).replace("__row__", at));
    }
  }
  body.append(row);
  reveal(row);
  $("input:not([type=hidden])", row).focus();
}

function reveal(within) {
  for (const one of $$("[data-add-line], [data-remove-line]", within)) one.hidden = false;
}

async function takeOver(field, row) {
  const answer = await fetch(`${field.dataset.values}?${new URLSearchParams({ product: control(row, "product").value })}`);
  if (!answer.ok || answer.redirected) return;
  for (const [name, value] of Object.entries(await answer.json())) {
    const one = control(row, name);
    if (one && (!one.value || one.dataset.takenOver)) {
      one.value = value;
      one.dataset.takenOver = "yes";
    }
  }
  addUp(field);
}

let asked = 0;
let soon;
function addUp(field) {
  clearTimeout(soon);
  soon = setTimeout(async () => {
    const mine = ++asked;
    const body = new FormData(field.closest("form"));
    body.set("field", field.dataset.lines);
    const answer = await fetch(field.dataset.totals, { method: "POST", body });
    if (mine !== asked || !answer.ok || answer.redirected) return;
    $("[data-lines-totals]", field).innerHTML = await answer.text();
  }, 200);
}

document.addEventListener("click", (event) => {
  const add = event.target.closest?.("[data-add-line]");
  if (add) addLine(add.closest("[data-lines]"));
  const remove = event.target.closest?.("[data-remove-line]");
  if (remove) {
    const field = remove.closest("[data-lines]");
    remove.closest("[data-line]").remove();
    addUp(field);
    $("[data-add-line]", field).focus();
  }
});
document.addEventListener("change", (event) => {
  const field = $("[data-lines]", event.target.form ?? document);
  if (!field) return;
  const row = event.target.closest?.("[data-line]");
  delete event.target.dataset.takenOver;
  if (row && event.target === control(row, "product")) takeOver(field, row).catch(() => {});
  if (row || ["regime", "withholding_rate"].includes(event.target.name)) addUp(field);
});

for (const field of $$("[data-lines]")) {
  reveal(field);
  const rows = $$("tbody [data-line]", field);
  // With a script one empty row is enough.
  for (const row of rows.slice(0, -1).filter((one) => !$$("input:not([type=hidden]), textarea", one).some((each) => each.value))) row.remove();
  addUp(field);
}
