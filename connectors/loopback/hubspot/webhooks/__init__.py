"""Webhooks: what changed is told to the target URLs of apps that asked for it (§11)."""
