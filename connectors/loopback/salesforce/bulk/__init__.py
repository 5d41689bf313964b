"""Bulk API 2.0: jobs that load or extract CSV, worked off on the emulator's clock [sheet 8]."""
