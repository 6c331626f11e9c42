//! Lists of cells, such as the releases of a wave, with a link in each: one stop of the tab key for all of a list, and arrows from
//! cell to cell. Listens to nothing and draws nothing: `keys` listens, and pages mark such a list with `data-cells`.

use leptos::{prelude::*, wasm_bindgen::JsCast};
use web_sys::{Element, HtmlElement};

/// A cell of such a list.
const CELL: &str = "[data-cells] > *";

/// Makes the first cell of each list that has no stop left its stop: the one that was may have gone from the list.
pub fn keep_a_stop() {
    let without = || document().query_selector("[data-cells]:has(a):not(:has(a:not([tabindex='-1'])))").ok().flatten();
    while let Some(link) = without().as_ref().and_then(link_in) {
        if link.set_attribute("tabindex", "0").is_err() {
            return;
        }
    }
}

/// The link in the cell beside the one that has the focus: before and after it, above and below as they are laid out, or at either
/// end; none where the focus is elsewhere, or nothing is there.
pub fn beside(key: &str) -> Option<HtmlElement> {
    let here = here()?;
    let there = match key {
        "ArrowRight" => here.next_element_sibling(),
        "ArrowLeft" => here.previous_element_sibling(),
        "ArrowDown" => stacked(&here, Element::next_element_sibling),
        "ArrowUp" => stacked(&here, Element::previous_element_sibling),
        "Home" => here.parent_element()?.first_element_child(),
        "End" => here.parent_element()?.last_element_child(),
        _ => None,
    };
    link_in(&there?)
}

/// Leaves the cell that has the focus as the only stop of its list. Until the tab key has come to a list each of its cells is one,
/// as it is where no scripts run.
pub fn stop_here() {
    let Some(here) = here() else { return };
    let mut next = here.parent_element().and_then(|list| list.first_element_child());
    while let Some(cell) = next {
        if let Some(link) = link_in(&cell) {
            let _ = link.set_attribute("tabindex", if cell == here { "0" } else { "-1" });
        }
        next = cell.next_element_sibling();
    }
}

/// The cell that has the focus.
fn here() -> Option<Element> {
    document().active_element()?.closest(CELL).ok().flatten()
}

/// The nearest cell of the same column on that way.
fn stacked(here: &Element, way: fn(&Element) -> Option<Element>) -> Option<Element> {
    let (left, top) = place(here)?;
    let mut cell = way(here)?;
    loop {
        match place(&cell)? {
            (at, row) if at == left && row != top => return Some(cell),
            _ => cell = way(&cell)?,
        }
    }
}

/// Where a cell is laid out: from the left, and from the top.
fn place(cell: &Element) -> Option<(i32, i32)> {
    let cell = cell.dyn_ref::<HtmlElement>()?;
    Some((cell.offset_left(), cell.offset_top()))
}

fn link_in(cell: &Element) -> Option<HtmlElement> {
    cell.query_selector("a").ok().flatten()?.dyn_into().ok()
}
