"""The webhooks journal: what happened, kept for the apps that come and fetch it (§11.1)."""
