from . import refer
