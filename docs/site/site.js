// What scrolls can be reached by keyboard.
addEventListener("load", () => document.querySelectorAll(
  ".highlight pre, .cell_output .output, article table, .toc-scroll, .sidebar-scroll",
).forEach((each) => {
  if (each.scrollWidth > each.clientWidth || each.scrollHeight > each.clientHeight + 1) each.tabIndex = 0;
}));

// Sphinx's own Vietnamese has empty strings for these.
if (document.documentElement.lang === "vi") Object.assign(Documentation.TRANSLATIONS, {
  "Searching": "Đang tìm",
  "Preparing search...": "Đang chuẩn bị tìm...",
  "Search Results": "Kết quả tìm kiếm",
  "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.":
    "Không tìm thấy trang nào. Hãy xem lại chính tả của các từ.",
  "Search finished, found one page matching the search query.": ["Tìm thấy ${resultCount} trang."],
});
