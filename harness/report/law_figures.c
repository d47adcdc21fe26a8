#include "report/law_figures.h"

bool lab_laws_missing(const lab_scene *scene)
{
    if (scene->laws->reason)
        lab_page_text(scene->page, "There is no surface: %s (n = %td).", scene->laws->reason,
                      scene->laws->n);
    return scene->laws->reason;
}

void lab_laws_series(lab_chart *chart, const lab_laws *laws, int class, bool named)
{
    lab_text name = {0};
    named &= lab_laws_class_name(&name, laws, class);
    lab_chart_series(chart, (lab_series){.label = named ? lab_text_of(&name) : NULL,
                                         .draw = LAB_SVG_POINTS,
                                         .hue = class,
                                         .shape = class});
    lab_text_finish(&name);
}
