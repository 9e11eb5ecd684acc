"""Anomaly lab: does the model tell what it was not made for?"""
