/* report_template.S - embeds the built report page; the build names it in EH_REPORT_TEMPLATE_FILE. */
    .section .rodata
    .balign 16
    .globl eh_report_template
    .hidden eh_report_template
    .type eh_report_template, %object
eh_report_template:
    .incbin EH_REPORT_TEMPLATE_FILE
.Lend:
    .byte 0
    .size eh_report_template, .Lend - eh_report_template

    .balign 8
    .globl eh_report_template_size
    .hidden eh_report_template_size
    .type eh_report_template_size, %object
eh_report_template_size:
    .quad .Lend - eh_report_template
    .size eh_report_template_size, 8

    .section .note.GNU-stack, "", %progbits
