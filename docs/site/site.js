// What scrolls can be reached by keyboard: also in a solution that is opened, and on a phone that is turned.
function reach() {
  document.querySelectorAll(
    ".highlight pre, .cell_output .output, .cell_output pre, .table-wrapper, .toc-scroll, .sidebar-scroll",
  ).forEach((each) => {
    if (each.scrollWidth > each.clientWidth || each.scrollHeight > each.clientHeight + 1) each.tabIndex = 0;
    else each.removeAttribute("tabindex");
  });
}
for (const event of ["load", "resize"]) addEventListener(event, reach);
document.addEventListener("toggle", reach, true); // does not bubble

// Sphinx's own Vietnamese has empty strings for these.
if (document.documentElement.lang === "vi") Object.assign(Documentation.TRANSLATIONS, {
  "Searching": "Đang tìm",
  "Preparing search...": "Đang chuẩn bị tìm...",
  "Search Results": "Kết quả tìm kiếm",
  "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.":
    "Không tìm thấy trang nào. Hãy xem lại chính tả của các từ.",
  "Search finished, found one page matching the search query.": ["Tìm thấy ${resultCount} trang."],
});
