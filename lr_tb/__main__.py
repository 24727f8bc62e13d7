"""`python -m lr_tb` is the command `lr-tb`."""

import sys

from lr_tb.cli import main

sys.exit(main())
