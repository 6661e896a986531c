"""The owner's journeys: for `ADMIN_IDS` only; everyone else learns nothing of them."""
