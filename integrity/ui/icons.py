"""Drawings of 24 × 24 units, stroked in the colour of the text around them."""

from __future__ import annotations

# Those that point along the line of reading turn round in right-to-left pages.
DIRECTIONAL = frozenset({"back", "forward", "exit", "send", "list", "message"})

PATHS: dict[str, str] = {
    "lock": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2",
    "shield": "M12 3 5 5.5v6c0 4.5 3 7.7 7 9.5 4-1.8 7-5 7-9.5v-6zM9 11.8l2.2 2.2 4-4.5",
    "inbox": "M4 13l2.5-8h11l2.5 8v6H4zM4 13h4.5l1.5 2.5h4l1.5-2.5H20",
    "send": "M4 11.5 20 4l-5 16-3.5-6.5zM11.5 13.5 20 4",
    "file": "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
    "upload": "M12 16V5M8 8.5 12 4.5l4 4M5 15v5h14v-5",
    "download": "M12 4v11M8 11.5l4 4 4-4M5 15v5h14v-5",
    "print": "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
    "calendar": "M5 6h14v14H5zM5 10.5h14M9 3.5V7M15 3.5V7",
    "clock": "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 8v4.5l3 2",
    "check": "M5 12.5l4.5 4.5L19 7.5",
    "success": "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM8.5 12.3l2.5 2.5 4.5-5",
    "info": "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 11v5M12 8v.01",
    "warning": "M12 4.5 21 19.5H3zM12 10v4.5M12 17v.01",
    "danger": "M8.7 4h6.6L20 8.7v6.6L15.3 20H8.7L4 15.3V8.7zM12 8v5M12 16v.01",
    "search": "M10.5 5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM14.5 14.5 20 20",
    "person": "M12 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM5 20c.5-4 3-6 7-6s6.5 2 7 6",
    "people": (
        "M9 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM3 19.5c.4-3.5 2.5-5.5 6-5.5s5.6 2 6 5.5"
        "M15.5 5.3a3 3 0 0 1 0 5.4M17.5 14.3c2 .7 3.2 2.5 3.5 5.2"
    ),
    "scales": (
        "M12 4v16M8 20h8M5 7h14M5 7l-2.5 7h5zM19 7l-2.5 7h5zM2.5 14a2.5 2.5 0 0 0 5 0M16.5 14a2.5 2.5 0 0 0 5 0"
    ),
    "case": "M3.5 8h17v11h-17zM9 8V5h6v3M3.5 12.5h17",
    "message": "M4 5h16v11h-8l-5 4v-4H4z",
    "key": "M8 8.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM11.5 12H21v3.5M17 12v2.5",
    "chart": "M4 4v16h16M8 16v-4M12.5 16V7.5M17 16v-6",
    "book": "M12 6.5C10 5 7.5 4.5 4 4.5v13c3.5 0 6 .5 8 2 2-1.5 4.5-2 8-2v-13c-3.5 0-6 .5-8 2zM12 6.5v13",
    "language": "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM4 12h16M12 4c3 3 3 13 0 16M12 4c-3 3-3 13 0 16",
    "list": "M9 6h11M9 12h11M9 18h11M4.5 6v.01M4.5 12v.01M4.5 18v.01",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "exit": "M10 4H5v16h5M10 12h10M16.5 8l4 4-4 4",
    "back": "M19 12H5M10.5 6.5 5 12l5.5 5.5",
    "forward": "M5 12h14M13.5 6.5 19 12l-5.5 5.5",
    "hidden": (
        "M4 4l16 16M9.9 5.8A9 9 0 0 1 12 5.5c4.5 0 7.5 3 9 6.5-.6 1.3-1.4 2.5-2.5 3.5"
        "M6.3 7.5C4.8 8.7 3.7 10.3 3 12c1.5 3.5 4.5 6.5 9 6.5 1.4 0 2.7-.3 3.8-.8M10 10a2.8 2.8 0 0 0 4 4"
    ),
}
