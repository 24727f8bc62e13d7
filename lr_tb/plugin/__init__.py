"""The tab "LR Schedules" of TensorBoard.

Of the package only `records` and `comparison` are imported here, and neither Keras nor
TensorFlow: the tab also serves on machines that have none of them. Only `design` imports
more, when the designer is first used.
"""
