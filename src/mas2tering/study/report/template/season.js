// The season's rule: who was held out, who was called, what is paid for which loss and when, and each home's statement.

const { season } = data;

function showSeason() {
  if (!season) {
    for (const id of ["season", "to-season"]) document.getElementById(id).remove();
    return;
  }
  put("season-sentences", ...season.sentences.map((sentence) => make("p", sentence)));
  const small = (value) => (value < 0.00005 ? "–" : amount(value, false, 4));
  const cents = (value) => (value < 0.005 ? "–" : amount(value));
  const days = (many) => (many ? quantity(many, "", 0) : "–");
  const rows = season.homes.map((own) => ({ cells: [homeLink(data.homes[own.home]), n(days(own.called)), n(days(own.held_out)), n(share(own.share)), n(small(own.loss)), n(small(own.due)), n(cents(own.paid)), n(cents(own.held_back))] }));
  const sum = (name) => season.homes.reduce((total, own) => total + own[name], 0);
  rows.push({ cells: ["Together", n(days(sum("called"))), n(days(sum("held_out"))), n(""), n(small(sum("loss"))), n(small(sum("due"))), n(cents(sum("paid"))), n(cents(sum("held_back")))], kind: "sum" });
  const head = ["Home", n(oneDay ? "Called" : "Days called"), n(oneDay ? "Held out" : "Days held out"), n("Delivered"), n("Loss"), n("Due"), n("Paid"), n("Held back")];
  put("table-season", table(head, rows)).classList.toggle("high", rows.length > 12);
  put("caption-season", `A loss is what the order makes the day dearer than the bound plan, at the home’s own supplier and its declared comfort; due is the share of it that was delivered. Whole cents are paid at the end of the month after, the last by ${season.due_on}; what is less stays in the account.`);
  const choose = document.getElementById("choose-season");
  choose.replaceChildren(...season.homes.map((own, k) => {
    const option = make("option", data.homes[own.home].id);
    option.value = String(k);
    return option;
  }));
  const show = () => put("season-statement", ...season.homes[Number(choose.value)].statement.map((sentence) => make("p", sentence)));
  choose.addEventListener("change", show);
  show();
}
